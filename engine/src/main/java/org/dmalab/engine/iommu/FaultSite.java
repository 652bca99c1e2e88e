package org.dmalab.engine.iommu;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.Translation;

/**
 * An access that was not translated, as the IOMMU sees it.
 *
 * @param id the stream id that came with it
 * @param end where the walk ended
 */
record FaultSite(
        Iommu iommu,
        BusMaster master,
        int id,
        IommuContext context,
        DmaAddr iova,
        boolean write,
        Translation.Fault end,
        PhysicalMemory ram) {
    private static final int FIRST_LEVEL_SHIFT = 20;

    boolean is(FaultKind kind) {
        return end.kind() == kind;
    }

    /** The address as a 32-bit register holds it. */
    long address() {
        return iova.value();
    }

    PhysAddr root() {
        return context.domain().tableRoot();
    }

    /** {@code report_iommu_fault}: what the domain's handler answers. */
    int ask(int flags) {
        return context.domain().reportFault(master, iova, flags);
    }

    /** Where the first-level word of a short-descriptor table stands that covers the address. */
    PhysAddr firstLevel() {
        return root().plus((iova.value() >>> FIRST_LEVEL_SHIFT) * Integer.BYTES);
    }

    int word(PhysAddr at) {
        return ram.readWord(at);
    }
}
