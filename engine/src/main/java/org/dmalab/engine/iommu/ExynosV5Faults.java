package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.pagetable.FaultKind;

/**
 * A System MMU of version 5 ({@code exynos-iommu.c} of Linux 6.1).
 *
 * <pre>
 * 0x00 CTRL        5 enable, 7 block, 0 disable
 * 0x08 STATUS      [0] blocked
 * 0x0c PT_BASE     the root shifted right by 12
 * 0x60 INT_STATUS  reads [0] table walk, [1] page, [2] multi-hit, [3] access, [4] security; writes the same from [16]
 * 0x64 INT_CLEAR   ones clear
 * 0x70 FAULT_AR_VA, 0x80 FAULT_AW_VA
 * </pre>
 */
final class ExynosV5Faults extends FaultRegisters {
    private static final long CTRL = 0x00;
    private static final long STATUS = 0x08;
    private static final long PT_BASE = 0x0C;
    private static final long INT_STATUS = 0x60;
    private static final long INT_CLEAR = 0x64;
    private static final long FAULT_AR_VA = 0x70;
    private static final long FAULT_AW_VA = 0x80;

    private static final long ENABLE = 5;
    private static final long BLOCK = 7;
    private static final int WALK = 0;
    private static final int PAGE = 1;
    private static final int ACCESS = 3;
    private static final int FIRST_WRITE_BIT = 16;
    private static final List<String> NAMES = List.of("PTW", "PAGE", "MULTI-HIT", "ACCESS PROTECTION");

    private final String name;

    ExynosV5Faults(Era era, String name, PhysAddr base) {
        this.name = name;
        define(STATUS, "STATUS");
        define(CTRL, "CTRL");
        define(PT_BASE, "PT_BASE");
        define(INT_STATUS, "INT_STATUS");
        define(INT_CLEAR, "INT_CLEAR");
        define(FAULT_AR_VA, "FAULT_AR_VA");
        define(FAULT_AW_VA, "FAULT_AW_VA");
        registers.clearedBy(INT_CLEAR, INT_STATUS);
    }

    @Override
    void changed(long offset, long value) {
        if (offset == CTRL) {
            set(STATUS, value == BLOCK ? 1 : 0);
            translates((value & 1) != 0);
        }
    }

    @Override
    void connected(IommuContext context) {
        set(PT_BASE, context.domain().tableRoot().pfn());
        registers.write(CTRL, ENABLE);
    }

    @Override
    void disconnected(IommuContext context) {
        registers.write(CTRL, 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        int kind = site.is(FaultKind.PERMISSION) ? ACCESS : site.is(FaultKind.EXTERNAL_ABORT) ? WALK : PAGE;
        long bits = 1L << (site.write() ? kind + FIRST_WRITE_BIT : kind);
        set(site.write() ? FAULT_AW_VA : FAULT_AR_VA, site.address());
        raise(INT_STATUS, bits);
        set(STATUS, 1);
        List<String> found = registers.nonZero();
        if (site.ask(flags(site)) == 0) {
            registers.write(INT_CLEAR, bits);
            registers.write(CTRL, ENABLE);
            return new FaultReport(found, List.of(), Aftermath.HANDLED);
        }
        String line = text(
                "exynos-sysmmu %s: %s: [%s] %s FAULT occurred at 0x%x",
                name, site.master(), site.write() ? "WRITE" : "READ", NAMES.get(kind), site.address());
        return new FaultReport(found, List.of(line), Aftermath.BUG);
    }
}
