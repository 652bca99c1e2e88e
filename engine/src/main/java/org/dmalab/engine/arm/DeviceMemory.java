package org.dmalab.engine.arm;

import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.PageArray;

/**
 * Memory of one device's own with the kernel address it got when it was declared ({@code struct dma_coherent_mem}, {@code
 * drivers/base/dma-coherent.c}). In Linux 3.x that address is an {@code ioremap}: Device memory.
 */
final class DeviceMemory {
    private static final String CALLER = "dma_declare_coherent_memory";

    private final Platform platform;
    private final CoherentPool pool;
    private final VirtAddr address;

    private DeviceMemory(Platform platform, CoherentPool pool, VirtAddr address) {
        this.platform = platform;
        this.pool = pool;
        this.address = address;
    }

    /**
     * The region as a device's memory.
     *
     * @param declared what the device has already
     * @return {@link CoherentPool.NotDeclared} if the device is to see the region at another address than the CPU, the kernel
     *     uses the region itself, the board has no memory there, or the pool's own rules refuse it
     */
    static Outcome<DeviceMemory> declare(
            Platform platform,
            Optional<DeviceMemory> declared,
            PhysAddr base,
            DmaAddr deviceBase,
            long bytes,
            Set<CoherentPool.Flag> flags) {
        return CoherentPool.declare(declared.map(DeviceMemory::pool), base, deviceBase, bytes, flags, platform.era())
                .then(pool -> {
                    AddrRange<PhysAddr> range = new AddrRange<>(base, pool.bytes());
                    if (deviceBase.value() != base.value()) {
                        return Outcome.failed(new CoherentPool.NotDeclared(
                                Errno.EINVAL,
                                "the CPU sees the region at " + base + ", the device is to see it at " + deviceBase
                                        + ": the board has no bus on which the two differ, declare it at "
                                        + new DmaAddr(base.value())));
                    }
                    if (!platform.ram().contains(base, pool.bytes())) {
                        return Outcome.failed(new CoherentPool.NotDeclared(
                                Errno.EINVAL,
                                "the board has no memory at " + range + "; banks are "
                                        + platform.ram().banks()));
                    }
                    for (long page = 0; page < PageSize.pages(pool.bytes()); page++) {
                        PhysAddr at = base.plus(page << PageSize.PAGE_SHIFT);
                        if (platform.kernel().layout().whyAbsent(at).isEmpty()) {
                            return Outcome.failed(new CoherentPool.NotDeclared(
                                    Errno.EINVAL,
                                    "the page at " + at
                                            + " is the kernel's own memory, which ioremap() refuses since Linux"
                                            + " 2.6.36: reserve the region at boot as DMA_POOL or NO_MAP"));
                        }
                    }
                    return platform.kernel()
                            .ioremap(range, MemoryType.DEVICE, CALLER)
                            .then(address -> Outcome.done(new DeviceMemory(platform, pool, address)));
                });
    }

    CoherentPool pool() {
        return pool;
    }

    boolean contains(PhysAddr phys) {
        return pool.contains(phys);
    }

    DmaAddr deviceAddress(PhysAddr phys) {
        return pool.deviceAddress(phys);
    }

    /** Whether what {@link #alloc} came to leaves the request to the ordinary memory. */
    static boolean fallsThrough(Outcome<CoherentMemory.Allocation> got) {
        return got.fold(
                done -> false,
                reason -> reason instanceof CoherentPool.Exhausted exhausted && exhausted.fallsThrough());
    }

    /** {@code dma_alloc_from_coherent}: cleared, at an address inside the region's mapping. */
    Outcome<CoherentMemory.Allocation> alloc(long bytes) {
        return pool.alloc(bytes).then(first -> {
            PageArray pages = PageArray.contiguous(first, Math.toIntExact(PageSize.pages(bytes)));
            platform.zero(first, pages.bytes());
            return Outcome.done(new CoherentMemory.Allocation(pages, address.plus(first.minus(pool.base()))));
        });
    }

    /** {@code dma_release_from_coherent}. */
    void free(CoherentMemory.Allocation memory) {
        boolean released = pool.release(memory.pages().page(0), memory.pages().bytes());
        assert released : "the pages came from this region";
    }
}
