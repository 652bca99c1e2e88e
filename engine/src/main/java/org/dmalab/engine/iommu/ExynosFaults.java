package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.pagetable.FaultKind;

/**
 * A System MMU of versions 1 to 3 ({@code exynos-iommu.c}). It is blocked while a fault is pending.
 *
 * <pre>
 * 0x00 CTRL        5 enable, 7 block, 0 disable
 * 0x08 STATUS      [0] blocked
 * 0x14 PT_BASE_ADDR
 * 0x18 INT_STATUS  [0] page fault, [1] AR and [2] AW multi-hit, [3] bus error,
 *                  [4] AR security, [5] AR access, [6] AW security, [7] AW access protection
 * 0x1c INT_CLEAR   ones clear
 * 0x24 PAGE_FAULT_ADDR for [0], 0x28 AW_FAULT_ADDR for [2], [6], [7], 0x2c AR_FAULT_ADDR for [1], [4], [5]
 * 0x30 DEFAULT_SLAVE_ADDR for [3]
 * </pre>
 *
 * <p>QUIRK of Linux 3.14: the fault handler is given the number of the interrupt bit for its flags; a fault that nobody
 * handles is a BUG(); after a handler that returns another errno than ENOSYS the interrupt stays pending. That of 6.1
 * gives read or write (a page fault counts as a read) and calls BUG_ON() for whatever is not 0.
 */
final class ExynosFaults extends FaultRegisters {
    private static final long CTRL = 0x00;
    private static final long STATUS = 0x08;
    private static final long PT_BASE_ADDR = 0x14;
    private static final long INT_STATUS = 0x18;
    private static final long INT_CLEAR = 0x1C;
    private static final long PAGE_FAULT_ADDR = 0x24;
    private static final long AW_FAULT_ADDR = 0x28;
    private static final long AR_FAULT_ADDR = 0x2C;
    private static final long DEFAULT_SLAVE_ADDR = 0x30;

    private static final long ENABLE = 5;
    private static final long BLOCK = 7;
    private static final int PAGE = 0;
    private static final int BUS_ERROR = 3;
    private static final int AR_ACCESS = 5;
    private static final int AW_ACCESS = 7;

    private static final List<String> NAMES_2014 = List.of(
            "PAGE FAULT",
            "AR MULTI-HIT FAULT",
            "AW MULTI-HIT FAULT",
            "BUS ERROR",
            "AR SECURITY PROTECTION FAULT",
            "AR ACCESS PROTECTION FAULT",
            "AW SECURITY PROTECTION FAULT",
            "AW ACCESS PROTECTION FAULT");

    private final boolean modern;
    private final String name;

    ExynosFaults(Era era, String name, PhysAddr base) {
        this.modern = era.atLeast(Era.V6_1);
        this.name = name;
        define(STATUS, "STATUS");
        define(CTRL, "CTRL");
        define(PT_BASE_ADDR, "PT_BASE_ADDR");
        define(INT_STATUS, "INT_STATUS");
        define(INT_CLEAR, "INT_CLEAR");
        define(PAGE_FAULT_ADDR, "PAGE_FAULT_ADDR");
        define(AW_FAULT_ADDR, "AW_FAULT_ADDR");
        define(AR_FAULT_ADDR, "AR_FAULT_ADDR");
        define(DEFAULT_SLAVE_ADDR, "DEFAULT_SLAVE_ADDR");
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
        set(PT_BASE_ADDR, context.domain().tableRoot().value());
        registers.write(CTRL, ENABLE);
    }

    @Override
    void disconnected(IommuContext context) {
        registers.write(CTRL, 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        int bit = bit(site);
        set(addressRegister(bit), site.address());
        raise(INT_STATUS, 1L << bit);
        set(STATUS, 1);
        List<String> found = registers.nonZero();
        int answer = site.ask(modern ? (bit == AW_ACCESS ? WRITE : READ) : bit);
        if (answer == 0) {
            registers.write(INT_CLEAR, 1L << bit);
            registers.write(CTRL, ENABLE);
            return new FaultReport(found, List.of(), Aftermath.HANDLED);
        }
        if (modern) {
            return new FaultReport(found, List.of(line(site, bit)), Aftermath.BUG);
        }
        return answer == FaultHandler.NOT_HANDLED
                ? new FaultReport(found, oops(site, bit), Aftermath.BUG)
                : new FaultReport(found, List.of(NAMES_2014.get(bit) + " is not handled."), Aftermath.PENDING);
    }

    private static int bit(FaultSite site) {
        if (site.is(FaultKind.PERMISSION)) {
            return site.write() ? AW_ACCESS : AR_ACCESS;
        }
        return site.is(FaultKind.EXTERNAL_ABORT) ? BUS_ERROR : PAGE;
    }

    private static long addressRegister(int bit) {
        return switch (bit) {
            case PAGE -> PAGE_FAULT_ADDR;
            case BUS_ERROR -> DEFAULT_SLAVE_ADDR;
            case AR_ACCESS -> AR_FAULT_ADDR;
            default -> AW_FAULT_ADDR;
        };
    }

    /** {@code default_fault_handler} of Linux 3.14. */
    private static List<String> oops(FaultSite site, int bit) {
        List<String> log = new ArrayList<>();
        log.add(text(
                "%s occurred at 0x%x(Page table base: 0x%08x)",
                NAMES_2014.get(bit), site.address(), site.root().value()));
        log.add(text("\tLv1 entry: 0x%x", site.word(site.firstLevel())));
        if (site.end().level() == 2) {
            log.add(text("\t Lv2 entry: 0x%x", site.end().descriptor()));
        }
        log.add("Generating Kernel OOPS... because it is unrecoverable.");
        return log;
    }

    /** {@code show_fault_information} of Linux 6.1; its other lines are for debugging and not printed. */
    private String line(FaultSite site, int bit) {
        String kind = bit == PAGE ? "PAGE" : bit == BUS_ERROR ? "BUS ERROR" : "ACCESS PROTECTION";
        return text(
                "exynos-sysmmu %s: %s: [%s] %s FAULT occurred at 0x%x",
                name, site.master(), bit == AW_ACCESS ? "WRITE" : "READ", kind, site.address());
    }
}
