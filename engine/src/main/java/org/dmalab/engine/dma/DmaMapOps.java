package org.dmalab.engine.dma;

import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.SgTable;

/**
 * The operations a backend provides ({@code struct dma_map_ops} of the redesign): one alloc, free and mmap with attributes
 * instead of a family for each kind of memory. {@link DmaDevice} checks arguments and tells the tracepoints; a backend
 * decides and acts.
 */
public interface DmaMapOps {
    /**
     * {@code alloc}: a buffer of {@code bytes}, rounded up to pages, cleared.
     *
     * @param gfp how its pages may be got, and whether the caller may sleep
     */
    Outcome<DmaBuffer> alloc(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs);

    /**
     * {@code dma_declare_coherent_memory}: the device allocates from {@code bytes} at {@code base} first from now on.
     *
     * @param deviceBase where the device sees the region
     * @return the region, or {@link CoherentPool.NotDeclared}
     */
    Outcome<CoherentPool> declareCoherentMemory(
            BusMaster device, PhysAddr base, DmaAddr deviceBase, long bytes, Set<CoherentPool.Flag> flags);

    /** {@code free}: gives a buffer back; {@code attrs} must be those of alloc. A failure leaves the buffer as it is. */
    Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs);

    /**
     * {@code mmap}: shows {@code bytes} of a buffer to a process.
     *
     * @param firstPage the first page of the buffer to show ({@code vm_pgoff})
     */
    Outcome<UserMapping> mmap(
            BusMaster device,
            DmaBuffer buffer,
            UserAddressSpace process,
            Cpu cpu,
            long firstPage,
            long bytes,
            DmaAttrs attrs);

    /** {@code get_sgtable}: the buffer's memory as a scatter list for another device. */
    Outcome<SgTable> getSgtable(BusMaster device, DmaBuffer buffer, DmaAttrs attrs);

    /** {@code map_page}: {@code bytes} of contiguous memory from {@code phys} on. */
    Outcome<DmaAddr> mapPage(BusMaster device, PhysAddr phys, long bytes, DmaDirection direction, DmaAttrs attrs);

    /** {@code unmap_page}. */
    void unmapPage(BusMaster device, DmaMapping mapping, DmaAttrs attrs);

    /** {@code map_sg}: no segment longer than {@code maxSegSize} unless one entry is. */
    Outcome<SgMapping> mapSg(BusMaster device, SgTable table, long maxSegSize, DmaDirection direction, DmaAttrs attrs);

    /**
     * {@code unmap_sg} of the first {@code nents} entries.
     *
     * @param nents 1 to the number of entries; segments that entries carry beyond it stay mapped
     */
    void unmapSg(BusMaster device, SgMapping mapping, int nents, DmaAttrs attrs);

    /** {@code sync_single_for_cpu}: the CPU may look at {@code [dma, dma + bytes)} now. */
    void syncForCpu(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction);

    /** {@code sync_single_for_device}: the device may have {@code [dma, dma + bytes)} now. */
    void syncForDevice(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction);

    /** {@code sync_sg_for_cpu}: the CPU may look at the memory of {@code mapping} now. */
    void syncSgForCpu(BusMaster device, SgMapping mapping);

    /** {@code sync_sg_for_device}: the device may have the memory of {@code mapping} now. */
    void syncSgForDevice(BusMaster device, SgMapping mapping);

    /** What an allocation is rounded up to: no other one gets the rest of its last granule. */
    long granuleBytes();

    /** The addresses its allocations and mappings get. */
    AddrRange<DmaAddr> window();
}
