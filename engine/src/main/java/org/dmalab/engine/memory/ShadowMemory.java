package org.dmalab.engine.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.jspecify.annotations.Nullable;

/**
 * What RAM would hold if every store went straight to it, and for each 32 bytes who stored last and when. Takes host
 * memory only for frames that were stored into; clearing frames whole takes a reference each.
 */
public final class ShadowMemory implements GroundTruth {
    /** The granularity of writers, a cache line of the smallest kind. */
    private static final int LINE_SHIFT = 5;

    private static final int FRAME_SHIFT = 12;
    private static final int FRAME_LINES = 1 << (FRAME_SHIFT - LINE_SHIFT);
    private static final int GROUP_SHIFT = 10;
    private static final int GROUP_FRAMES = 1 << GROUP_SHIFT;
    private static final int NOBODY = 0;

    private final PhysicalMemory contents;
    private final LongSupplier nanos;
    /** By bank, group of 1024 frames, frame; null where nothing was stored. */
    private final Stamps[][][] stamps;

    private final Map<String, Integer> numbers = new HashMap<>();
    private String[] names = new String[8];
    private int writers;

    /**
     * The last store into some bytes.
     *
     * @param who stored
     * @param nanos when, in simulated nanoseconds
     */
    public record Store(String who, long nanos) {
        /** {@code CPU0 at 1200 ns}. */
        @Override
        public String toString() {
            return who + " at " + nanos + " ns";
        }
    }

    /** Writer and time of each line of a frame, or one for all of them. */
    private static final class Stamps {
        private final int[] writer;
        private final long[] nanos;

        Stamps(int lines) {
            writer = new int[lines];
            nanos = new long[lines];
        }

        int index(int line) {
            return writer.length == 1 ? 0 : line;
        }

        Stamps split() {
            Stamps lines = new Stamps(FRAME_LINES);
            Arrays.fill(lines.writer, writer[0]);
            Arrays.fill(lines.nanos, nanos[0]);
            return lines;
        }
    }

    /**
     * A truth in which nothing was stored yet.
     *
     * @param contents a memory of its own, as empty as the RAM it shadows, with the same banks
     * @param nanos the simulated time
     */
    public ShadowMemory(PhysicalMemory contents, LongSupplier nanos) {
        this.contents = contents;
        this.nanos = nanos;
        List<AddrRange<PhysAddr>> banks = contents.banks();
        this.stamps = new Stamps[banks.size()][][];
        for (int i = 0; i < stamps.length; i++) {
            long frames = banks.get(i).bytes() >>> FRAME_SHIFT;
            stamps[i] = new Stamps[Math.toIntExact((frames + GROUP_FRAMES - 1) >>> GROUP_SHIFT)][];
        }
        names[NOBODY] = "nobody";
        writers = 1;
    }

    @Override
    public void wrote(String who, PhysAddr start, byte[] bytes, int offset, int count) {
        contents.write(start, bytes, offset, count);
        stamp(who, start.value(), count);
    }

    @Override
    public void wroteWord(String who, PhysAddr address, int word) {
        contents.writeWord(address, word);
        stamp(who, address.value(), Integer.BYTES);
    }

    @Override
    public void copied(String who, PhysAddr from, PhysAddr to, long bytes) {
        contents.copy(from, to, bytes);
        stamp(who, to.value(), bytes);
    }

    @Override
    public void cleared(String who, PhysAddr start, long bytes) {
        contents.zero(start, bytes);
        stamp(who, start.value(), bytes);
    }

    /** Copies what {@code bytes} bytes from {@code start} on should be into {@code to}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes) {
        contents.read(start, to, offset, bytes);
    }

    /** The last store into the 32 bytes around {@code address}; empty if there was none. */
    public Optional<Store> lastWriter(PhysAddr address) {
        return lastWriter(address, 1);
    }

    /** The latest store into the lines of {@code bytes} bytes from {@code start} on; empty if there was none. */
    public Optional<Store> lastWriter(PhysAddr start, long bytes) {
        if (bytes <= 0 || !contents.contains(start, bytes)) {
            throw new IllegalArgumentException("no RAM at " + start + " for " + bytes + " bytes");
        }
        int bank = bankOf(start.value());
        int writer = NOBODY;
        long latest = Long.MIN_VALUE;
        long last = offset(bank, start.value()) + bytes - 1;
        for (long at = offset(bank, start.value()); at <= last; ) {
            Stamps frame = frame(bank, at);
            if (frame == null) {
                at = (at | ((1 << FRAME_SHIFT) - 1)) + 1;
                continue;
            }
            int index = frame.index(line(at));
            if (frame.writer[index] != NOBODY && frame.nanos[index] >= latest) {
                writer = frame.writer[index];
                latest = frame.nanos[index];
            }
            at = (at | ((1 << LINE_SHIFT) - 1)) + 1;
        }
        return writer == NOBODY ? Optional.empty() : Optional.of(new Store(names[writer], latest));
    }

    /** How much of RAM was stored into and not cleared whole since. */
    public long residentBytes() {
        return contents.residentBytes();
    }

    private void stamp(String who, long start, long bytes) {
        if (bytes <= 0) {
            return;
        }
        int writer = number(who);
        long now = nanos.getAsLong();
        int bank = bankOf(start);
        long at = offset(bank, start);
        long end = at + bytes;
        @Nullable Stamps whole = null;
        while (at < end) {
            long frameEnd = (at | ((1 << FRAME_SHIFT) - 1)) + 1;
            if (end >= frameEnd && (at & ((1 << FRAME_SHIFT) - 1)) == 0) {
                if (whole == null) {
                    whole = new Stamps(1);
                    whole.writer[0] = writer;
                    whole.nanos[0] = now;
                }
                group(bank, at)[frameIndex(at)] = whole;
            } else {
                Stamps frame = lines(bank, at);
                int lastLine = line(Math.min(end, frameEnd) - 1);
                for (int line = line(at); line <= lastLine; line++) {
                    frame.writer[line] = writer;
                    frame.nanos[line] = now;
                }
            }
            at = frameEnd;
        }
    }

    private int number(String who) {
        Integer known = numbers.get(who);
        if (known != null) {
            return known;
        }
        if (writers == names.length) {
            names = Arrays.copyOf(names, 2 * writers);
        }
        names[writers] = who;
        numbers.put(who, writers);
        return writers++;
    }

    private int bankOf(long address) {
        List<AddrRange<PhysAddr>> banks = contents.banks();
        for (int i = 0; i < banks.size(); i++) {
            if (offset(i, address) >= 0 && offset(i, address) < banks.get(i).bytes()) {
                return i;
            }
        }
        throw new AssertionError("stored outside RAM: " + new PhysAddr(address));
    }

    private long offset(int bank, long address) {
        return address - contents.banks().get(bank).start().value();
    }

    private @Nullable Stamps frame(int bank, long offset) {
        Stamps[] group = stamps[bank][(int) (offset >>> (FRAME_SHIFT + GROUP_SHIFT))];
        return group == null ? null : group[frameIndex(offset)];
    }

    private Stamps[] group(int bank, long offset) {
        int index = (int) (offset >>> (FRAME_SHIFT + GROUP_SHIFT));
        if (stamps[bank][index] == null) {
            stamps[bank][index] = new Stamps[GROUP_FRAMES];
        }
        return stamps[bank][index];
    }

    /** The stamps of a frame, one for each line. */
    private Stamps lines(int bank, long offset) {
        Stamps[] group = group(bank, offset);
        int index = frameIndex(offset);
        if (group[index] == null) {
            group[index] = new Stamps(FRAME_LINES);
        } else if (group[index].writer.length == 1) {
            group[index] = group[index].split();
        }
        return group[index];
    }

    private static int frameIndex(long offset) {
        return (int) (offset >>> FRAME_SHIFT) & (GROUP_FRAMES - 1);
    }

    private static int line(long offset) {
        return (int) (offset >>> LINE_SHIFT) & (FRAME_LINES - 1);
    }

    @Override
    public String toString() {
        return "shadow of " + Bytes.text(contents.bytes()) + " RAM, " + Bytes.text(residentBytes()) + " stored, "
                + (writers - 1) + (writers == 2 ? " writer" : " writers");
    }
}
