package org.dmalab.engine.memory;

import java.util.Arrays;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PhysAddr;

/**
 * The contents of one bank of RAM. A frame has bytes of its own from the first write until it is cleared. A MiB all of
 * whose frames have keeps them in a row, where an address finds its byte by one look-up, until half were cleared.
 */
final class RamBank {
    static final int CHUNK_SHIFT = 20;
    static final int CHUNK_BYTES = 1 << CHUNK_SHIFT;
    static final int CHUNK_MASK = CHUNK_BYTES - 1;
    /** What cleared frames read as. */
    static final byte[] ZEROS = new byte[FrameTable.FRAME_BYTES];
    /** Stands for the bytes of a MiB whose frames are not in a row. */
    static final byte[] APART = {};

    private static final int FRAME_BYTES = FrameTable.FRAME_BYTES;
    private static final int CHUNK_FRAMES = CHUNK_BYTES >>> FrameTable.FRAME_SHIFT;
    /** So many of the cleared frames of a MiB in a row must still be clear for it to come apart. */
    private static final int WORTH_COMING_APART = CHUNK_FRAMES / 4;

    private static final FrameSet NO_FRAMES = FrameSet.none();
    private static final FrameSet ALL_FRAMES = FrameSet.all();

    private final long start;
    private final long bytes;
    /** The start of the MiB that the bank starts in. */
    private final long base;
    /** What a frame holds until it is first written. */
    private final byte[] untouched;
    /** The frames of the MiBs that are apart; shared with other banks. */
    private final FrameTable frames;
    /** Per MiB: its bytes in a row, or {@link #APART}. */
    private final byte[][] chunks;
    /** Per MiB that is apart: how many of its frames have bytes of their own. */
    private final short[] own;
    /** Per MiB: in a row, the frames cleared since it is; apart, those that were cleared and thus are not untouched. */
    private final FrameSet[] cleared;

    private int chunksInARow;

    RamBank(AddrRange<PhysAddr> range, byte[] untouched, FrameTable frames) {
        start = range.start().value();
        bytes = range.bytes();
        base = start & -CHUNK_BYTES;
        this.untouched = untouched;
        this.frames = frames;
        int count = Math.toIntExact((range.last() >>> CHUNK_SHIFT) - (start >>> CHUNK_SHIFT) + 1);
        chunks = new byte[count][];
        Arrays.fill(chunks, APART);
        own = new short[count];
        cleared = new FrameSet[count];
        Arrays.fill(cleared, NO_FRAMES);
    }

    /** Whether {@code count} bytes from {@code address} lie inside. */
    boolean contains(long address, long count) {
        long offset = address - start;
        return Long.compareUnsigned(offset, bytes) < 0 && count >= 0 && count <= bytes - offset;
    }

    /** How many MiBs are in a row. */
    int chunksInARow() {
        return chunksInARow;
    }

    /** An array with the byte at {@code address}, at the address's rest by the array's length, a power of two. */
    byte[] bytesAt(long address) {
        int chunk = chunkOf(address);
        byte[] row = chunks[chunk];
        if (row != APART) {
            return row;
        }
        if (own[chunk] != 0) {
            byte[] frame = frames.get(address >>> FrameTable.FRAME_SHIFT);
            if (frame != FrameTable.ABSENT) {
                return frame;
            }
        }
        return untouched == ZEROS || cleared[chunk].has(frameOf(address)) ? ZEROS : untouched;
    }

    /** The like, which may be written. */
    byte[] ownBytesAt(long address) {
        byte[] now = bytesAt(address);
        if (now != ZEROS && now != untouched) {
            return now;
        }
        int chunk = chunkOf(address);
        byte[] frame = now.clone();
        frames.put(address >>> FrameTable.FRAME_SHIFT, frame);
        own[chunk]++;
        return own[chunk] == CHUNK_FRAMES ? gather(chunk) : frame;
    }

    private byte[] gather(int chunk) {
        byte[] row = new byte[CHUNK_BYTES];
        long first = firstFrame(chunk);
        for (int i = 0; i < CHUNK_FRAMES; i++) {
            System.arraycopy(frames.remove(first + i), 0, row, i << FrameTable.FRAME_SHIFT, FRAME_BYTES);
        }
        chunks[chunk] = row;
        own[chunk] = 0;
        cleared[chunk] = NO_FRAMES;
        chunksInARow++;
        return row;
    }

    /** Clears {@code count} bytes from {@code address}, all in one MiB. */
    void zero(long address, int count) {
        if (count == CHUNK_BYTES) {
            clearChunk(chunkOf(address));
            return;
        }
        long end = address + count;
        for (long at = address; at != end; ) {
            int piece = (int) Math.min(end - at, FRAME_BYTES - (at & FrameTable.FRAME_MASK));
            byte[] now = bytesAt(at);
            if (now != ZEROS && piece == FRAME_BYTES) {
                clearFrame(at);
            } else if (now != ZEROS) {
                byte[] to = ownBytesAt(at);
                int from = (int) at & (to.length - 1);
                Arrays.fill(to, from, from + piece, (byte) 0);
            }
            at += piece;
        }
    }

    private void clearChunk(int chunk) {
        if (chunks[chunk] != APART) {
            chunks[chunk] = APART;
            chunksInARow--;
        }
        long first = firstFrame(chunk);
        for (int i = 0; own[chunk] > 0; i++) {
            if (frames.remove(first + i) != FrameTable.ABSENT) {
                own[chunk]--;
            }
        }
        cleared[chunk] = ALL_FRAMES;
    }

    private void clearFrame(long address) {
        int chunk = chunkOf(address);
        cleared[chunk] = cleared[chunk].with(frameOf(address));
        byte[] row = chunks[chunk];
        if (row != APART) {
            int from = (int) address & CHUNK_MASK;
            Arrays.fill(row, from, from + FRAME_BYTES, (byte) 0);
            if (cleared[chunk].size() >= CHUNK_FRAMES / 2) {
                spread(chunk);
            }
        } else if (frames.remove(address >>> FrameTable.FRAME_SHIFT) != FrameTable.ABSENT) {
            own[chunk]--;
        }
    }

    /** Lets a MiB come apart if enough of the frames that were cleared were not written since. */
    private void spread(int chunk) {
        byte[] row = chunks[chunk];
        FrameSet zero = NO_FRAMES;
        for (int i = 0; i < CHUNK_FRAMES; i++) {
            int from = i << FrameTable.FRAME_SHIFT;
            if (cleared[chunk].has(i) && Arrays.equals(row, from, from + FRAME_BYTES, ZEROS, 0, FRAME_BYTES)) {
                zero = zero.with(i);
            }
        }
        cleared[chunk] = zero;
        if (zero.size() < WORTH_COMING_APART) {
            return;
        }
        chunks[chunk] = APART;
        chunksInARow--;
        for (int i = 0; i < CHUNK_FRAMES; i++) {
            if (!zero.has(i)) {
                int from = i << FrameTable.FRAME_SHIFT;
                frames.put(firstFrame(chunk) + i, Arrays.copyOfRange(row, from, from + FRAME_BYTES));
                own[chunk]++;
            }
        }
    }

    private int chunkOf(long address) {
        return (int) ((address - base) >>> CHUNK_SHIFT);
    }

    private long firstFrame(int chunk) {
        return (base + ((long) chunk << CHUNK_SHIFT)) >>> FrameTable.FRAME_SHIFT;
    }

    private static int frameOf(long address) {
        return (int) (address & CHUNK_MASK) >>> FrameTable.FRAME_SHIFT;
    }
}
