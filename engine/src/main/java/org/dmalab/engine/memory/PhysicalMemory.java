package org.dmalab.engine.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;

/**
 * The contents of RAM, one or more banks. A page frame takes host memory from the first byte written to it; one that was
 * never written reads as zeros. Words are little-endian, as ARM Linux runs.
 */
public final class PhysicalMemory {
    private static final int FRAME_SHIFT = 12;
    private static final int FRAME_BYTES = 1 << FRAME_SHIFT;
    private static final int FRAME_MASK = FRAME_BYTES - 1;
    /** Frames are kept in groups of 4 MiB, so that an untouched bank costs one reference for each. */
    private static final int GROUP_SHIFT = 10;

    private static final int GROUP_FRAMES = 1 << GROUP_SHIFT;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** Stands for every frame that was never written. */
    private static final byte[] ZEROS = new byte[FRAME_BYTES];
    /** Stands for every group in which no frame was written. */
    private static final byte[][] UNTOUCHED = untouchedGroup();

    private final List<AddrRange<PhysAddr>> banks;
    private final byte[][][][] groups;
    private long residentFrames;

    /** RAM in {@code banks}, which are page-aligned and do not overlap. */
    public PhysicalMemory(List<AddrRange<PhysAddr>> banks) {
        this.banks = List.copyOf(banks);
        this.groups = new byte[banks.size()][][][];
        for (int i = 0; i < banks.size(); i++) {
            AddrRange<PhysAddr> bank = banks.get(i);
            if (((bank.start().value() | bank.bytes()) & FRAME_MASK) != 0) {
                throw new IllegalArgumentException("bank must be page-aligned: " + bank);
            }
            for (AddrRange<PhysAddr> other : banks.subList(0, i)) {
                if (bank.overlaps(other)) {
                    throw new IllegalArgumentException("banks must not overlap: " + other + ", " + bank);
                }
            }
            long frames = bank.bytes() >>> FRAME_SHIFT;
            groups[i] = new byte[Math.toIntExact((frames + GROUP_FRAMES - 1) >>> GROUP_SHIFT)][][];
            Arrays.fill(groups[i], UNTOUCHED);
        }
    }

    private static byte[][] untouchedGroup() {
        byte[][] group = new byte[GROUP_FRAMES][];
        Arrays.fill(group, ZEROS);
        return group;
    }

    /** The banks, as given. */
    public List<AddrRange<PhysAddr>> banks() {
        return banks;
    }

    /** How much RAM there is. */
    public long bytes() {
        return banks.stream().mapToLong(AddrRange::bytes).sum();
    }

    /** How much of it takes host memory. */
    public long residentBytes() {
        return residentFrames << FRAME_SHIFT;
    }

    /** Whether {@code bytes} from {@code start} lie in one bank. */
    public boolean contains(PhysAddr start, long bytes) {
        return bankOf(start.value(), bytes) >= 0;
    }

    /** The 32-bit word at {@code address}, which is a multiple of 4. */
    public int readWord(PhysAddr address) {
        byte[] frame = frame(aligned(address), false);
        return (int) WORD.get(frame, (int) address.value() & FRAME_MASK);
    }

    /** Sets the 32-bit word at {@code address}, which is a multiple of 4. */
    public void writeWord(PhysAddr address, int word) {
        WORD.set(frame(aligned(address), true), (int) address.value() & FRAME_MASK, word);
    }

    /** Copies {@code bytes} from {@code start} into {@code to}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes) {
        checkInside(start.value(), bytes);
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            int inFrame = (int) address & FRAME_MASK;
            int piece = Math.min(bytes - done, FRAME_BYTES - inFrame);
            System.arraycopy(frame(address, false), inFrame, to, offset + done, piece);
            done += piece;
            address += piece;
        }
    }

    /** Copies {@code bytes} of {@code from} to {@code start} and on. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes) {
        checkInside(start.value(), bytes);
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            int inFrame = (int) address & FRAME_MASK;
            int piece = Math.min(bytes - done, FRAME_BYTES - inFrame);
            System.arraycopy(from, offset + done, frame(address, true), inFrame, piece);
            done += piece;
            address += piece;
        }
    }

    /** Clears {@code bytes} from {@code start}; whole frames give their host memory back. */
    public void zero(PhysAddr start, long bytes) {
        checkInside(start.value(), bytes);
        long address = start.value();
        for (long done = 0; done < bytes; ) {
            int inFrame = (int) address & FRAME_MASK;
            int piece = (int) Math.min(bytes - done, FRAME_BYTES - inFrame);
            if (piece == FRAME_BYTES) {
                release(address);
            } else if (frame(address, false) != ZEROS) {
                System.arraycopy(ZEROS, 0, frame(address, true), inFrame, piece);
            }
            done += piece;
            address += piece;
        }
    }

    private void release(long address) {
        int bank = bankOf(address, 1);
        int index = frameIndex(bank, address);
        byte[][] group = groups[bank][index >>> GROUP_SHIFT];
        if (group != UNTOUCHED && group[index & (GROUP_FRAMES - 1)] != ZEROS) {
            group[index & (GROUP_FRAMES - 1)] = ZEROS;
            residentFrames--;
        }
    }

    /** The frame that holds {@code address}; an unwritten one is {@link #ZEROS} unless {@code forWriting}. */
    private byte[] frame(long address, boolean forWriting) {
        int bank = bankOf(address, 1);
        if (bank < 0) {
            throw noRam(address, 1);
        }
        int index = frameIndex(bank, address);
        byte[] frame = groups[bank][index >>> GROUP_SHIFT][index & (GROUP_FRAMES - 1)];
        return frame == ZEROS && forWriting ? touch(bank, index) : frame;
    }

    private int frameIndex(int bank, long address) {
        return (int) ((address - banks.get(bank).start().value()) >>> FRAME_SHIFT);
    }

    private byte[] touch(int bank, int index) {
        byte[][] group = groups[bank][index >>> GROUP_SHIFT];
        if (group == UNTOUCHED) {
            group = UNTOUCHED.clone();
            groups[bank][index >>> GROUP_SHIFT] = group;
        }
        byte[] frame = new byte[FRAME_BYTES];
        group[index & (GROUP_FRAMES - 1)] = frame;
        residentFrames++;
        return frame;
    }

    private static long aligned(PhysAddr address) {
        if ((address.value() & 3) != 0) {
            throw new IllegalArgumentException("word address must be a multiple of 4: " + address);
        }
        return address.value();
    }

    private void checkInside(long start, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        if (bytes > 0 && bankOf(start, bytes) < 0) {
            throw noRam(start, bytes);
        }
    }

    private int bankOf(long start, long bytes) {
        for (int i = 0; i < banks.size(); i++) {
            AddrRange<PhysAddr> bank = banks.get(i);
            long offset = start - bank.start().value();
            if (Long.compareUnsigned(offset, bank.bytes()) < 0 && bytes <= bank.bytes() - offset) {
                return i;
            }
        }
        return -1;
    }

    private IllegalArgumentException noRam(long start, long bytes) {
        return new IllegalArgumentException(
                "no RAM at " + Addresses.hex(start) + " for " + bytes + " bytes: banks are " + banks);
    }

    @Override
    public String toString() {
        return Bytes.text(bytes()) + " RAM, " + Bytes.text(residentBytes()) + " written";
    }
}
