package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;

/**
 * The GART in the memory controller of Tegra20; its faults are interrupts of the memory controller ({@code tegra20-mc.c} of
 * Linux 3.14, {@code tegra20.c} of 6.1), whose drivers print and ask no fault handler. The device stands where they print the
 * name of its memory client.
 *
 * <pre>
 * 0x00 INTSTATUS       [7] invalid GART page; ones clear
 * 0x24 GART_CONFIG     [0] enable
 * 0x30 GART_ERROR_REQ  [0] write, [6:1] client      0x34 GART_ERROR_ADDR
 * </pre>
 */
final class GartFaults extends FaultRegisters {
    private static final long INTSTATUS = 0x00;
    private static final long GART_CONFIG = 0x24;
    private static final long GART_ERROR_REQ = 0x30;
    private static final long GART_ERROR_ADDR = 0x34;

    private static final long INVALID_GART_PAGE = 1 << 7;

    private final boolean modern;
    private final PhysAddr base;

    GartFaults(Era era, String name, PhysAddr base) {
        this.modern = era.atLeast(Era.V6_1);
        this.base = base;
        define(INTSTATUS, "INTSTATUS");
        define(GART_CONFIG, "GART_CONFIG");
        define(GART_ERROR_REQ, "GART_ERROR_REQ");
        define(GART_ERROR_ADDR, "GART_ERROR_ADDR");
        registers.clearedBy(INTSTATUS, INTSTATUS);
    }

    @Override
    void changed(long offset, long value) {
        if (offset == GART_CONFIG) {
            translates((value & 1) != 0);
        }
    }

    @Override
    void connected(IommuContext context) {
        set(GART_CONFIG, 1);
    }

    @Override
    void disconnected(IommuContext context) {
        set(GART_CONFIG, 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        long request = ((long) site.master().id() << 1) | (site.write() ? 1 : 0);
        set(GART_ERROR_REQ, request);
        set(GART_ERROR_ADDR, site.address());
        raise(INTSTATUS, INVALID_GART_PAGE);
        List<String> found = registers.nonZero();
        registers.write(INTSTATUS, INVALID_GART_PAGE);
        String direction = site.write() ? "write" : "read";
        String line = modern
                ? text(
                        "tegra-mc %x.memory-controller: %s: %s @0x%08x: GART page fault ()",
                        base.value(), site.master(), direction, site.address())
                : text("MC_GART_ERR (0x%08x) 0x%08x %s (%s )", request, site.address(), site.master(), direction);
        return new FaultReport(found, List.of(line), Aftermath.TERMINATED);
    }
}
