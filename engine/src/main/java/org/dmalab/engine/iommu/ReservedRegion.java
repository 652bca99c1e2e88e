package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.pagetable.IommuProt;

/**
 * Addresses of a device that are not free for mappings ({@code struct iommu_resv_region}, Linux 4.x and later).
 *
 * @param range which
 * @param prot what the device may do there
 */
public record ReservedRegion(AddrRange<DmaAddr> range, IommuProt prot, Type type) {
    /** Why they are reserved ({@code enum iommu_resv_type}). */
    public enum Type {
        /** Firmware uses them: mapped one to one when the default domain is attached. */
        DIRECT,
        /** As DIRECT, but a driver that takes the device over may leave them out. */
        DIRECT_RELAXABLE,
        /** Never handed out. */
        RESERVED,
        /** Interrupt messages, which the hardware does not translate. */
        MSI,
        /** Where software maps the interrupt controller's doorbell. */
        SW_MSI;

        /** Whether it is mapped one to one. */
        public boolean isDirect() {
            return this == DIRECT || this == DIRECT_RELAXABLE;
        }
    }

    /** What the drivers of ARM's SMMUs publish: {@code MSI_IOVA_BASE}, 1 MiB at 0x08000000. */
    public static final ReservedRegion ARM_SW_MSI = new ReservedRegion(
            new AddrRange<>(new DmaAddr(0x0800_0000L), 0x10_0000L),
            IommuProt.WRITE.and(IommuProt.NOEXEC).and(IommuProt.MMIO),
            Type.SW_MSI);

    /** By start, those of one type that touch or overlap as one ({@code iommu_insert_resv_region}). */
    static List<ReservedRegion> merged(List<ReservedRegion> regions) {
        List<ReservedRegion> ascending = new ArrayList<>(regions);
        ascending.sort(
                Comparator.comparing((ReservedRegion region) -> region.range().start())
                        .thenComparing(ReservedRegion::type));
        List<ReservedRegion> merged = new ArrayList<>();
        for (ReservedRegion next : ascending) {
            int before = lastOf(next.type(), merged);
            if (before < 0 || !merged.get(before).reaches(next)) {
                merged.add(next);
            } else {
                merged.set(before, merged.get(before).with(next));
            }
        }
        return List.copyOf(merged);
    }

    private static int lastOf(Type type, List<ReservedRegion> regions) {
        int last = regions.size() - 1;
        while (last >= 0 && regions.get(last).type() != type) {
            last--;
        }
        return last;
    }

    /** Whether {@code later}, which starts no earlier, overlaps it or begins where it ends. */
    private boolean reaches(ReservedRegion later) {
        return Long.compareUnsigned(later.range().start().value() - 1, range.last()) <= 0
                || later.range().start().equals(range.start());
    }

    private ReservedRegion with(ReservedRegion later) {
        long last = Math.max(range.last(), later.range().last());
        return new ReservedRegion(
                new AddrRange<>(range.start(), last - range.start().value() + 1), prot, type);
    }

    /** {@code DIRECT [0x9c000000-0x9c7fffff] READ|WRITE}. */
    @Override
    public String toString() {
        return type + " " + range + " " + prot;
    }
}
