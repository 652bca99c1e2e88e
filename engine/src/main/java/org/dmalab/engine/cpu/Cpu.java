package org.dmalab.engine.cpu;

import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.trace.TraceSink;

/** A CPU: loads and stores through an address space and the caches. */
public final class Cpu {
    private final CpuId id;
    private final CacheHierarchy caches;
    private final TraceSink trace;

    /** A CPU in front of {@code caches}. */
    public Cpu(CpuId id, CacheHierarchy caches, TraceSink trace) {
        this.id = id;
        this.caches = caches;
        this.trace = trace;
    }

    /** Which one. */
    public CpuId id() {
        return id;
    }

    /**
     * Loads {@code bytes} from {@code start}.
     *
     * @return the bytes, or the first {@link CpuFault}
     */
    public Outcome<byte[]> read(AddressSpace space, VirtAddr start, int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        byte[] to = new byte[bytes];
        return access(space, start, to, false).then(done -> Outcome.done(to));
    }

    /**
     * Stores {@code bytes} at {@code start}.
     *
     * @return how many, or the first {@link CpuFault}; what lies before the fault is stored
     */
    public Outcome<Integer> write(AddressSpace space, VirtAddr start, byte... bytes) {
        return access(space, start, bytes, true);
    }

    /** Waits until everything stored before is in memory as far as the memory types allow ({@code wmb}). */
    public void barrier() {
        trace.barrier(id.index());
    }

    private Outcome<Integer> access(AddressSpace space, VirtAddr start, byte[] bytes, boolean write) {
        int done = 0;
        while (done < bytes.length) {
            VirtAddr address = start.plus(done);
            int toPageEnd = (int) (PageSize.PAGE_BYTES - (address.value() & (PageSize.PAGE_BYTES - 1)));
            int piece = Math.min(bytes.length - done, toPageEnd);
            Outcome<AddressSpace.Place> place = space.resolve(address);
            if (place instanceof Outcome.Done<AddressSpace.Place> found) {
                if (write) {
                    caches.write(
                            found.value().phys(),
                            bytes,
                            done,
                            piece,
                            found.value().type());
                } else {
                    caches.read(
                            found.value().phys(),
                            bytes,
                            done,
                            piece,
                            found.value().type());
                }
            } else {
                return place.asFailed();
            }
            done += piece;
        }
        return Outcome.done(done);
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
