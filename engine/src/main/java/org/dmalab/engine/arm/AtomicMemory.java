package org.dmalab.engine.arm;

import java.util.Optional;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.AtomicPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;

/**
 * The atomic pool of a machine and its uncached kernel address, both got at boot in the machine's own way ({@code
 * atomic_pool_init}); or a machine without one. QUIRK of Linux 3.6 and 3.14: the memory is cleared at boot only, so that a
 * buffer holds what its last owner left there.
 */
public final class AtomicMemory {
    private static final BusMaster KERNEL = new BusMaster(-1, "atomic_pool_init");

    private final Optional<AtomicPool> pool;
    private final Optional<VirtAddr> address;

    /** No pool: it was not asked for. */
    public record NoPool(long bytes) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "coherent pool not initialised!";
        }

        @Override
        public String explain() {
            return "asked for " + bytes
                    + " bytes where the caller may not sleep; such buffers come from the atomic pool, and this"
                    + " machine was built without one: build it with .atomicPool(kib(256)) or so, or allocate with GFP_KERNEL";
        }
    }

    private AtomicMemory(Optional<AtomicPool> pool, Optional<VirtAddr> address) {
        this.pool = pool;
        this.address = address;
    }

    /** A pool of {@code bytes}, whole pages, taken from {@code platform}'s memory; none if {@code bytes} is 0. */
    public static Outcome<AtomicMemory> of(Platform platform, long bytes) {
        if (bytes == 0) {
            return Outcome.done(new AtomicMemory(Optional.empty(), Optional.empty()));
        }
        return CoherentMemory.of(platform)
                .alloc(KERNEL, bytes, Gfp.KERNEL, platform.coherent())
                .then(memory -> Outcome.done(new AtomicMemory(
                        Optional.of(new AtomicPool(
                                memory.pages().page(0), memory.pages().bytes())),
                        Optional.of(memory.address()))));
    }

    /** The pool, if there is one. */
    public Optional<AtomicPool> pool() {
        return pool;
    }

    /** {@code __alloc_from_pool}. */
    Outcome<CoherentMemory.Allocation> alloc(long bytes) {
        if (pool.isEmpty()) {
            return Outcome.failed(new NoPool(bytes));
        }
        AtomicPool from = pool.get();
        return from.alloc(bytes)
                .then(first -> Outcome.done(new CoherentMemory.Allocation(
                        PageArray.contiguous(first, Math.toIntExact(PageSize.pages(bytes))),
                        address.orElseThrow().plus(first.minus(from.base())))));
    }

    /** {@code __in_atomic_pool}. */
    boolean contains(PhysAddr start) {
        return pool.isPresent() && pool.get().membership(start, 1) == AtomicPool.Membership.INSIDE;
    }

    /** Refuses what {@link #free} would refuse. */
    void requireAllocated(PageArray pages) {
        pool.orElseThrow().requireAllocated(pages.page(0), pages.bytes());
    }

    /** {@code __free_from_pool}. */
    void free(CoherentMemory.Allocation memory) {
        boolean freed =
                pool.orElseThrow().free(memory.pages().page(0), memory.pages().bytes());
        assert freed : "the pages came from this pool";
    }
}
