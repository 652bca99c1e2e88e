package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.pagetable.FaultKind;

/**
 * TI's MMU of OMAP2 to 4 ({@code omap-iommu.c}). Pointers are printed as physical addresses.
 *
 * <pre>
 * 0x18 IRQSTATUS  [0] TLB miss, [1] translation fault, [2] emulation miss, [3] table walk fault, [4] multi-hit; ones clear
 * 0x1c IRQENABLE  the same bits; with the hardware's walker on, 1 to 4
 * 0x44 CNTL       [1] MMU_EN, [2] TWL_EN
 * 0x48 FAULT_AD, 0x4c TTB
 * </pre>
 *
 * <p>QUIRK: if nobody handles the fault, Linux 3.14 switches the MMU off, and what the device does next is not translated;
 * 6.1 switches its interrupts off.
 */
final class OmapFaults extends FaultRegisters {
    private static final long IRQSTATUS = 0x18;
    private static final long IRQENABLE = 0x1C;
    private static final long CNTL = 0x44;
    private static final long FAULT_AD = 0x48;
    private static final long TTB = 0x4C;

    private static final long TRANSLATION_FAULT = 1 << 1;
    private static final long WALK_FAULT = 1 << 3;
    private static final long WITH_WALKER = 0b11110;
    private static final long MMU_EN = 1 << 1;
    private static final long TWL_EN = 1 << 2;
    private static final int TABLE = 1;

    private final boolean modern;
    private final String name;

    OmapFaults(Era era, String name, PhysAddr base) {
        this.modern = era.atLeast(Era.V6_1);
        this.name = name;
        define(IRQSTATUS, "IRQSTATUS");
        define(IRQENABLE, "IRQENABLE");
        define(CNTL, "CNTL");
        define(FAULT_AD, "FAULT_AD");
        define(TTB, "TTB");
        registers.clearedBy(IRQSTATUS, IRQSTATUS);
    }

    @Override
    void changed(long offset, long value) {
        if (offset == CNTL) {
            translates((value & MMU_EN) != 0);
        }
    }

    @Override
    void connected(IommuContext context) {
        set(TTB, context.domain().tableRoot().value());
        set(IRQENABLE, WITH_WALKER);
        set(CNTL, MMU_EN | TWL_EN);
    }

    @Override
    void disconnected(IommuContext context) {
        set(CNTL, 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        long bit = site.is(FaultKind.EXTERNAL_ABORT) ? WALK_FAULT : TRANSLATION_FAULT;
        set(FAULT_AD, site.address());
        raise(IRQSTATUS, bit);
        List<String> found = registers.nonZero();
        if ((registers.read(IRQENABLE) & bit) == 0) {
            return new FaultReport(found, List.of(), Aftermath.MASKED);
        }
        registers.write(IRQSTATUS, bit);
        if (site.ask(READ) == 0) {
            return new FaultReport(found, List.of(), Aftermath.HANDLED);
        }
        if (modern) {
            set(IRQENABLE, 0);
        } else {
            set(CNTL, 0);
        }
        return new FaultReport(found, List.of(line(site, bit)), modern ? Aftermath.MASKED : Aftermath.DISABLED);
    }

    private String line(FaultSite site, long bit) {
        PhysAddr first = site.firstLevel();
        int word = site.word(first);
        String head = text(
                "omap-iommu %s: %s: errs:0x%08x da:0x%08x pgd:0x%08x *pgd:",
                name, name, bit, site.address(), first.value());
        return (word & 3) == TABLE
                ? head
                        + text(
                                "0x%08x pte:0x%08x *pte:0x%08x",
                                word,
                                site.end().descriptorAddress().value(),
                                site.end().descriptor())
                : head + text("px%08x", word);
    }
}
