package org.dmalab.engine.cache;

import java.util.Arrays;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;

/**
 * Stores of one CPU to Normal non-cacheable memory that have not arrived yet (ARM DDI 0406C A3.5.5). An entry is a block of
 * bytes, as large as a line, into which neighbouring stores merge.
 *
 * <p>An entry leaves when all its bytes are written, when another block needs room and it is the oldest (both ARM DDI 0363E, page
 * 8-19, "Store buffer draining"), and when its CPU made {@link CacheTopology#drainAfter} accesses of any kind since the last
 * store that merged into it, a count that stands for the timer of a real one.
 */
final class WriteBuffer {
    private static final int MOST_BYTES = 64;

    private final int cpu;
    private final int blockBytes;
    private final int drainAfter;
    private final long[] blocks;
    private final long[] written;
    /** The access at which a store last merged into an entry. */
    private final long[] merged;

    private final byte[][] data;
    private final OuterMemory memory;
    private final TraceSink trace;
    private int used;
    private long accesses;

    WriteBuffer(int cpu, CacheTopology topology, OuterMemory memory, TraceSink trace) {
        int entries = topology.writeBufferEntries();
        this.cpu = cpu;
        this.blockBytes = Math.min(topology.inner().lineBytes(), MOST_BYTES);
        this.drainAfter = topology.drainAfter();
        this.blocks = new long[entries];
        this.written = new long[entries];
        this.merged = new long[entries];
        this.data = new byte[entries][blockBytes];
        this.memory = memory;
        this.trace = trace;
    }

    boolean isEmpty() {
        return used == 0;
    }

    void store(long phys, byte[] from, int offset, int bytes) {
        if (blocks.length == 0) {
            memory.storeUncached(phys, from, offset, bytes);
            return;
        }
        for (int done = 0; done < bytes; ) {
            int inBlock = (int) (phys + done) & (blockBytes - 1);
            int piece = Math.min(bytes - done, blockBytes - inBlock);
            int entry = entryFor(phys + done - inBlock);
            System.arraycopy(from, offset + done, data[entry], inBlock, piece);
            written[entry] |= ones(piece) << inBlock;
            merged[entry] = accesses;
            if (written[entry] == ones(blockBytes)) {
                drain(entry);
            }
            done += piece;
        }
    }

    private static long ones(int count) {
        return count == Long.SIZE ? -1L : (1L << count) - 1;
    }

    /** The CPU made an access: entries that nothing merged into for long leave. */
    void tick() {
        accesses++;
        if (drainAfter == 0) {
            return;
        }
        for (int entry = 0; entry < used; ) {
            if (accesses - merged[entry] >= drainAfter) {
                drain(entry);
            } else {
                entry++;
            }
        }
    }

    private int entryFor(long block) {
        for (int entry = 0; entry < used; entry++) {
            if (blocks[entry] == block) {
                return entry;
            }
        }
        if (used == blocks.length) {
            drain(0);
        }
        blocks[used] = block;
        written[used] = 0;
        return used++;
    }

    /** Replaces those of the bytes just loaded from {@code phys} that wait here. */
    void forward(long phys, byte[] to, int offset, int bytes) {
        for (int entry = 0; entry < used; entry++) {
            long first = Math.max(phys, blocks[entry]);
            long end = Math.min(phys + bytes, blocks[entry] + blockBytes);
            for (long address = first; address < end; address++) {
                int inBlock = (int) (address - blocks[entry]);
                if (((written[entry] >>> inBlock) & 1) != 0) {
                    to[offset + (int) (address - phys)] = data[entry][inBlock];
                }
            }
        }
    }

    /** How many bytes of {@code [phys, phys + bytes)} wait here. */
    int pending(long phys, long bytes) {
        int count = 0;
        for (int entry = 0; entry < used; entry++) {
            for (int inBlock = 0; inBlock < blockBytes; inBlock++) {
                long address = blocks[entry] + inBlock;
                if (((written[entry] >>> inBlock) & 1) != 0 && Long.compareUnsigned(address - phys, bytes) < 0) {
                    count++;
                }
            }
        }
        return count;
    }

    /** Lets everything arrive, the oldest first. */
    void drain() {
        while (used > 0) {
            drain(0);
        }
    }

    /** Lets the entries that touch {@code [phys, phys + bytes)} arrive. */
    void drain(long phys, long bytes) {
        for (int entry = 0; entry < used; ) {
            if (blocks[entry] < phys + bytes && phys < blocks[entry] + blockBytes) {
                drain(entry);
            } else {
                entry++;
            }
        }
    }

    private void drain(int entry) {
        byte[] bytes = data[entry];
        for (int start = nextRun(entry, 0); start < blockBytes; ) {
            int length = runLength(entry, start);
            memory.storeUncached(blocks[entry] + start, bytes, start, length);
            trace.writeBufferDrained(cpu, blocks[entry] + start, length);
            start = nextRun(entry, start + length);
        }
        used--;
        System.arraycopy(blocks, entry + 1, blocks, entry, used - entry);
        System.arraycopy(written, entry + 1, written, entry, used - entry);
        System.arraycopy(merged, entry + 1, merged, entry, used - entry);
        System.arraycopy(data, entry + 1, data, entry, used - entry);
        data[used] = bytes;
    }

    /** Where in an entry the next run of stored bytes begins. */
    private int nextRun(int entry, int from) {
        int at = from;
        while (at < blockBytes && ((written[entry] >>> at) & 1) == 0) {
            at++;
        }
        return at;
    }

    private int runLength(int entry, int start) {
        int end = start;
        while (end < blockBytes && ((written[entry] >>> end) & 1) != 0) {
            end++;
        }
        return end - start;
    }

    /** Hands on each run of bytes that waits in a block of the buffer that touches {@code [phys, phys + bytes)}. */
    void forEachRun(long phys, long bytes, RunVisitor visitor) {
        for (int entry = 0; entry < used; entry++) {
            if (blocks[entry] < phys + bytes && phys < blocks[entry] + blockBytes) {
                for (int start = nextRun(entry, 0); start < blockBytes; ) {
                    int length = runLength(entry, start);
                    visitor.run(
                            new PhysAddr(blocks[entry] + start),
                            Arrays.copyOfRange(data[entry], start, start + length));
                    start = nextRun(entry, start + length);
                }
            }
        }
    }

    /** Takes neighbouring bytes. */
    interface RunVisitor {
        void run(PhysAddr start, byte[] bytes);
    }
}
