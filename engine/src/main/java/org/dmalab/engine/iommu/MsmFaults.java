package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.pagetable.MsmTable;
import org.dmalab.engine.pagetable.V7sTable;

/**
 * Qualcomm's IOMMU of MSM8660 to APQ8064 ({@code msm_iommu.c}), whose context bank n is at n &lt;&lt; 12. Base addresses are
 * printed as physical ones; FSYNR0, FSYNR1 and PAR are not modelled and printed as 0.
 *
 * <pre>
 * 0x000 SCTLR   [0] M, [1] TRE, [2] AFE        0x004 ACTLR  [14] CFCFG: stall
 * 0x010 TTBR0   [31:14] table
 * 0x020 FSR     [1] translation, [2] access flag, [3] permission, [5] [6] abort on the walk, [16] second level, [30] stalled;
 *               ones clear
 * 0x028 FAR     0x820 RESUME
 * </pre>
 *
 * <p>Linux 3.14 copies the CPU's PRRR and NMRR; 6.1 writes those of io-pgtable, whose descriptors have an access flag.
 *
 * <p>QUIRK: the driver asks no fault handler, prints, and clears FSR with 0x4000000f, which leaves bit 16 and never resumes
 * the access that waits.
 */
final class MsmFaults extends FaultRegisters {
    /** The most context banks that a platform file of 2012 names. */
    static final int BANKS = 3;

    private static final int BANK_SHIFT = 12;
    private static final long SCTLR = 0x000;
    private static final long ACTLR = 0x004;
    private static final long TTBR0 = 0x010;
    private static final long FSR = 0x020;
    private static final long FAR = 0x028;
    private static final long PRRR = 0x034;
    private static final long NMRR = 0x038;

    private static final long ENABLED = 0b11;
    private static final long AFE = 1 << 2;
    private static final long STALL = 1 << 14;
    private static final long SECOND_LEVEL = 1 << 16;
    private static final long STALLED = 1 << 30;
    private static final long CLEARED = 0x4000000F;

    private final PhysAddr base;
    private final boolean modern;

    MsmFaults(Era era, String name, PhysAddr base) {
        this.modern = era.atLeast(Era.V6_1);
        this.base = base;
        for (int bank = 0; bank < BANKS; bank++) {
            String suffix = "_" + bank;
            define(at(bank, SCTLR), "SCTLR" + suffix);
            define(at(bank, ACTLR), "ACTLR" + suffix);
            define(at(bank, TTBR0), "TTBR0" + suffix);
            define(at(bank, FSR), "FSR" + suffix);
            define(at(bank, FAR), "FAR" + suffix);
            define(at(bank, PRRR), "PRRR" + suffix);
            define(at(bank, NMRR), "NMRR" + suffix);
            registers.clearedBy(at(bank, FSR), at(bank, FSR));
        }
    }

    private static long at(int bank, long register) {
        return ((long) bank << BANK_SHIFT) + register;
    }

    private long read(int bank, long register) {
        return registers.read(at(bank, register));
    }

    @Override
    void connected(IommuContext context) {
        int bank = context.bank();
        set(at(bank, TTBR0), context.domain().tableRoot().value());
        set(at(bank, PRRR), Integer.toUnsignedLong(modern ? V7sTable.PRRR : MsmTable.LINUX_PRRR));
        set(at(bank, NMRR), Integer.toUnsignedLong(modern ? V7sTable.NMRR : MsmTable.LINUX_NMRR));
        set(at(bank, ACTLR), STALL);
        set(at(bank, SCTLR), modern ? ENABLED | AFE : ENABLED);
    }

    @Override
    void disconnected(IommuContext context) {
        set(at(context.bank(), SCTLR), 0);
        set(at(context.bank(), TTBR0), 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        int bank = site.context().bank();
        set(at(bank, FAR), site.address());
        raise(at(bank, FSR), STALLED | bit(site) | (site.end().level() == 2 ? SECOND_LEVEL : 0));
        List<String> found = registers.nonZero();
        List<String> log = new ArrayList<>();
        log.add("Unexpected IOMMU page fault!");
        log.add(text("base = %08x", base.value()));
        for (int each = 0; each < BANKS; each++) {
            if (read(each, FSR) != 0) {
                log.add(text("Fault occurred in context %d.", each));
                log.add("Interesting registers:");
                log.addAll(context(each));
                registers.write(at(each, FSR), CLEARED);
            }
        }
        log.replaceAll(line -> "msm_iommu: " + line);
        return new FaultReport(found, log, Aftermath.STALLED);
    }

    private static long bit(FaultSite site) {
        return switch (site.end().kind()) {
            case PERMISSION -> 1 << 3;
            case ACCESS_FLAG -> 1 << 2;
            case EXTERNAL_ABORT -> site.end().level() == 2 ? 1 << 6 : 1 << 5;
            default -> 1 << 1;
        };
    }

    /** {@code print_ctx_regs}. */
    private List<String> context(int bank) {
        long fsr = read(bank, FSR);
        StringBuilder names = new StringBuilder();
        name(names, fsr, 1, "TF ");
        name(names, fsr, 2, "AFF ");
        name(names, fsr, 3, "APF ");
        name(names, fsr, 5, "HTWDEEF ");
        name(names, fsr, 6, "HTWSEEF ");
        name(names, fsr, 16, "SL ");
        name(names, fsr, 30, "SS ");
        return List.of(
                text("FAR    = %08x    PAR    = %08x", read(bank, FAR), 0),
                text("FSR    = %08x [%s]", fsr, names),
                text("FSYNR0 = %08x    FSYNR1 = %08x", 0, 0),
                text("TTBR0  = %08x    TTBR1  = %08x", read(bank, TTBR0), 0),
                text("SCTLR  = %08x    ACTLR  = %08x", read(bank, SCTLR), read(bank, ACTLR)),
                text("PRRR   = %08x    NMRR   = %08x", read(bank, PRRR), read(bank, NMRR)));
    }

    private static void name(StringBuilder names, long fsr, int bit, String name) {
        if ((fsr >>> bit & 1) != 0) {
            names.append(name);
        }
    }
}
