package org.dmalab.engine.arm;

import java.util.function.LongSupplier;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.DomainType;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.FlushQueue;
import org.dmalab.engine.iova.IovaRcache;
import org.dmalab.engine.pagetable.IommuProt;
import org.jspecify.annotations.Nullable;

/**
 * A domain and its addresses as the layer shared by all architectures keeps them ({@code struct iommu_dma_cookie}, {@code
 * drivers/iommu/dma-iommu.c} of Linux 6.1 and 6.12): the generic allocator behind per-CPU magazines, and one of two ways to
 * unmap. Strict: invalidate, then free the addresses. Lazy: the addresses wait in a flush queue, and until it flushes the device
 * can go on using what its IO-TLB knows.
 */
public final class IommuDmaCookie {
    /** {@code DMA_BIT_MASK(32)}: what PCI devices are tried with first. */
    private static final long MASK_32 = 0xFFFF_FFFFL;

    private final IommuDomain domain;
    private final IovaRcache iovas;
    private final @Nullable FlushQueue queue;
    private final LongSupplier nanos;

    private IommuDmaCookie(IommuDomain domain, IovaRcache iovas, @Nullable FlushQueue queue, LongSupplier nanos) {
        this.domain = domain;
        this.iovas = iovas;
        this.queue = queue;
        this.nanos = nanos;
        if (iovas.granuleBytes() != domain.pageSizes().get(0).bytes()) {
            throw new IllegalArgumentException("granule must be the domain's smallest page, "
                    + domain.pageSizes().get(0) + ": " + iovas.granuleBytes() + " bytes");
        }
    }

    /**
     * Strict for a domain of type {@link DomainType#DMA}, lazy for one of type {@link DomainType#DMA_FQ}.
     *
     * @param cpus how many are online, those that {@code iovas} has magazines for
     * @param options of the flush queue of a lazy one
     * @param nanos the time by which the queue's timer runs
     * @throws IllegalArgumentException if the domain is of another type, which the DMA-API does not use, or the magazines are
     *     those of another number of CPUs
     */
    public static IommuDmaCookie of(
            IommuDomain domain, IovaRcache iovas, int cpus, FlushQueue.Options options, LongSupplier nanos) {
        if (cpus != iovas.cpus()) {
            throw new IllegalArgumentException(
                    "cpus must be those that the allocator has magazines for, " + iovas.cpus() + ": " + cpus);
        }
        return switch (domain.type()) {
            case DMA -> new IommuDmaCookie(domain, iovas, null, nanos);
            case DMA_FQ ->
                new IommuDmaCookie(domain, iovas, new FlushQueue(iovas, cpus, options, domain::flushAll), nanos);
            default -> throw new IllegalArgumentException("domain must be of type DMA or DMA_FQ: " + domain);
        };
    }

    /** The domain it fills. */
    public IommuDomain domain() {
        return domain;
    }

    /** Who chooses the addresses. */
    public IovaRcache iovas() {
        return iovas;
    }

    /** Whether addresses wait for a flush when they are unmapped. */
    public boolean isLazy() {
        return queue != null;
    }

    /** How many unmapped ranges the device may still be able to use; 0 if it is strict. */
    public int waiting() {
        return queue == null ? 0 : queue.waiting();
    }

    /** How often everything was flushed at once; 0 if it is strict. */
    public long flushes() {
        return queue == null ? 0 : queue.flushes();
    }

    /** The queue's timer fires on {@code cpu} if it is due; says whether it did. */
    public boolean runTimer(CpuId cpu) {
        return queue != null && queue.advance(cpu, nanos.getAsLong());
    }

    /**
     * {@code __iommu_dma_map}: addresses for {@code bytes} from {@code phys} on, in whole pages.
     *
     * @param mask the largest address that the device can put on its bus, unsigned: -1 for all of 64 bits
     * @param pci whether addresses below 4 GiB are tried first, without emptying other CPUs' magazines ({@code
     *     iommu_dma_alloc_iova})
     * @return the address of the first byte; ENOMEM if no address is free, or why the table refused
     * @throws IllegalArgumentException if there are no bytes, or no such CPU is online
     */
    public Outcome<DmaAddr> map(CpuId cpu, PhysAddr phys, long bytes, IommuProt prot, long mask, boolean pci) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        requireOnline(cpu);
        long granule = iovas.granuleBytes();
        long offset = phys.value() & (granule - 1);
        long length = (bytes + offset + granule - 1) & -granule;
        return allocIova(cpu, length, mask, pci)
                .then(iova -> domain.map(iova, phys.plus(-offset), length, prot)
                        .fold(range -> Outcome.done(iova.plus(offset)), reason -> {
                            iovas.free(cpu, iova, length);
                            return Outcome.failed(reason);
                        }));
    }

    private void requireOnline(CpuId cpu) {
        if (cpu.index() >= iovas.cpus()) {
            throw new IllegalArgumentException("cpu must be one of " + iovas.cpus() + ": " + cpu);
        }
    }

    private Outcome<DmaAddr> allocIova(CpuId cpu, long length, long mask, boolean pci) {
        long window = iovas.window().last();
        long last = Long.compareUnsigned(mask, window) < 0 ? mask : window;
        if (pci && Long.compareUnsigned(last, MASK_32) > 0) {
            Outcome<DmaAddr> low = iovas.alloc(cpu, length, new DmaAddr(MASK_32), false);
            if (!low.isFailed()) {
                return low;
            }
        }
        return iovas.alloc(cpu, length, new DmaAddr(last), true);
    }

    /**
     * {@code __iommu_dma_unmap} of what {@link #map} returned.
     *
     * @param bytes as it was mapped
     * @throws IllegalArgumentException before anything is changed: if there are no bytes, no such CPU is online, or the range
     *     leaves the window
     */
    public void unmap(CpuId cpu, DmaAddr iova, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        requireOnline(cpu);
        long granule = iovas.granuleBytes();
        long offset = iova.value() & (granule - 1);
        long length = (bytes + offset + granule - 1) & -granule;
        DmaAddr start = iova.plus(-offset);
        AddrRange<DmaAddr> range = new AddrRange<>(start, length);
        if (!iovas.window().contains(start) || length - 1 > iovas.window().last() - start.value()) {
            throw new IllegalArgumentException("range must lie in the window " + iovas.window() + ": " + range);
        }
        if (queue == null) {
            domain.unmap(range).sync();
            iovas.free(cpu, start, length);
            return;
        }
        boolean refused = domain.unmapQueued(range).refusal().isPresent();
        assert !refused;
        queue.queue(cpu, Long.divideUnsigned(start.value(), granule), length / granule, nanos.getAsLong());
    }

    /** {@code lazy, 12 ranges wait, 3 flushes; domain 4, ...}. */
    @Override
    public String toString() {
        return (queue == null ? "strict" : "lazy, " + queue) + "; " + domain;
    }
}
