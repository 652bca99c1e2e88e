package org.dmalab.engine.dma;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;

/**
 * A buffer, or a part of one, in a process ({@code dma_mmap_attrs}).
 *
 * @param process whose
 * @param range where
 * @param type how its loads and stores are treated
 * @param cpu on which the process runs
 */
public record UserMapping(UserAddressSpace process, AddrRange<VirtAddr> range, MemoryType type, Cpu cpu) {
    /** The process loads {@code bytes} from {@code offset} on, all inside the mapping. */
    public Outcome<byte[]> tryRead(long offset, int bytes) {
        return cpu.read(process, inside(offset, bytes), bytes);
    }

    /** {@link #tryRead}, or a {@link DmaFailure}. */
    public byte[] read(long offset, int bytes) {
        return tryRead(offset, bytes).orElseThrow(DmaFailure::new);
    }

    /** The process stores {@code bytes} from {@code offset} on, all inside the mapping. */
    public Outcome<Integer> tryWrite(long offset, byte... bytes) {
        return cpu.write(process, inside(offset, bytes.length), bytes);
    }

    private VirtAddr inside(long offset, int bytes) {
        if (offset < 0 || bytes < 0 || bytes > range.bytes() - offset) {
            throw new IllegalArgumentException(
                    "the mapping has " + range.bytes() + " bytes: " + bytes + " from offset " + offset + " leave it");
        }
        return range.start().plus(offset);
    }

    /** Ends the mapping ({@code munmap}). */
    public void unmap() {
        process.unmap(range.start());
    }

    @Override
    public String toString() {
        return "user mapping: " + Bytes.text(range.bytes()) + " at " + range.start() + ", " + type;
    }
}
