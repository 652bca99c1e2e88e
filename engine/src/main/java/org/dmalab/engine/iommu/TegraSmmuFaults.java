package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;

/**
 * The SMMU in the memory controller of Tegra30 and later ({@code tegra-smmu.c}); its faults are interrupts of the memory
 * controller ({@code tegra30-mc.c} of Linux 3.14, {@code mc.c} of 6.1), whose drivers print and ask no fault handler. The
 * device stands where they print the name of its memory client, and its stream id where the client's number does.
 *
 * <pre>
 * 0x00 INTSTATUS   [10] invalid SMMU page; ones clear
 * 0x08 ERR_STATUS  [30:28] 6 invalid SMMU page, [27] readable [26] writable [25] non-secure, [16] write, client below
 * 0x0c ERR_ADR     0x10 SMMU_CONFIG  [0] enable
 * 0x1c PTB_ASID    0x20 PTB_DATA  [31] R [30] W [29] NS, page frame of the directory
 * 0x238..0x280     an ASID register for each swgroup: [31] enable, [6:0] ASID
 * </pre>
 */
final class TegraSmmuFaults extends FaultRegisters {
    private static final long INTSTATUS = 0x00;
    private static final long ERR_STATUS = 0x08;
    private static final long ERR_ADR = 0x0C;
    private static final long SMMU_CONFIG = 0x10;
    private static final long PTB_ASID = 0x1C;
    private static final long PTB_DATA = 0x20;

    private static final int INVALID_SMMU_PAGE = 10;
    private static final long TYPE_SMMU = 6L << 28;
    private static final int RIGHTS_SHIFT = 25;
    private static final long WRITE_BIT = 1 << 16;
    private static final long ALL_RIGHTS = 7L << 29;

    private final boolean modern;
    private final PhysAddr base;

    TegraSmmuFaults(Era era, String name, PhysAddr base) {
        this.modern = era.atLeast(Era.V6_1);
        this.base = base;
        define(INTSTATUS, "INTSTATUS");
        define(ERR_STATUS, "ERR_STATUS");
        define(ERR_ADR, "ERR_ADR");
        registers.define(SMMU_CONFIG, "SMMU_CONFIG", 1);
        define(PTB_ASID, "PTB_ASID");
        define(PTB_DATA, "PTB_DATA");
        registers.clearedBy(INTSTATUS, INTSTATUS);
        TegraSwgroup.forEach((swgroup, offset) -> define(offset, swgroup + "_ASID"));
    }

    @Override
    void changed(long offset, long value) {
        if (offset == SMMU_CONFIG) {
            translates((value & 1) != 0);
        }
    }

    @Override
    void connected(IommuContext context) {
        set(PTB_ASID, context.bank());
        set(PTB_DATA, context.domain().tableRoot().pfn() | ALL_RIGHTS);
    }

    @Override
    void disconnected(IommuContext context) {}

    @Override
    FaultReport report(FaultSite site) {
        long rights = (site.end().descriptor() >>> (32 - 3)) & 7;
        long status = TYPE_SMMU | (rights << RIGHTS_SHIFT) | (site.write() ? WRITE_BIT : 0) | site.id();
        set(ERR_STATUS, status);
        set(ERR_ADR, site.address());
        raise(INTSTATUS, 1 << INVALID_SMMU_PAGE);
        List<String> found = registers.nonZero();
        registers.write(INTSTATUS, 1 << INVALID_SMMU_PAGE);
        return new FaultReport(
                found, List.of(modern ? line(site, status) : line2014(site, status)), Aftermath.TERMINATED);
    }

    private static boolean right(long status, int bit) {
        return (status >>> (RIGHTS_SHIFT + bit) & 1) != 0;
    }

    private static String line2014(FaultSite site, long status) {
        return text(
                "MC_SMMU_ERR (0x%08x) 0x%08x %s (non-secure %s INVALID_SMMU_PAGE %s-%s-%s)",
                status,
                site.address(),
                site.master(),
                site.write() ? "write" : "read",
                right(status, 2) ? "R" : "-",
                right(status, 1) ? "W" : "-",
                right(status, 0) ? "S" : "-");
    }

    private String line(FaultSite site, long status) {
        return text(
                "tegra-mc %x.memory-controller: %s: %s @0x%08x: Page fault (SMMU translation error [%s%s%s])",
                base.value(),
                site.master(),
                site.write() ? "write" : "read",
                site.address(),
                right(status, 2) ? "R" : "-",
                right(status, 1) ? "W" : "-",
                right(status, 0) ? "-" : "S");
    }
}
