package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.pagetable.FaultKind;

/**
 * ARM's SMMU of version 2 ({@code arm-smmu.c}): 16 pages of global registers of 4 KiB, then a page for each context bank.
 *
 * <pre>
 * 0x1400 + 4n CBFRSYNRA   the stream id of the fault in bank n
 * bank 0x00 SCTLR [0] M, 0x20 TTBR0
 *      0x58 FSR [1] translation, [2] access flag, [3] permission, [4] external abort; ones clear
 *      0x60 FAR, 0x68 FSYNR0 [1:0] level, [4] write
 * </pre>
 */
final class ArmSmmuFaults extends FaultRegisters {
    /** How many context banks an instance has here. */
    static final int BANKS = 8;

    private static final long CBFRSYNRA = 0x1400;
    private static final long FIRST_BANK = 0x10000;
    private static final int BANK_SHIFT = 12;
    private static final long SCTLR = 0x00;
    private static final long TTBR0 = 0x20;
    private static final long FSR = 0x58;
    private static final long FAR = 0x60;
    private static final long FSYNR0 = 0x68;
    private static final long WNR = 1 << 4;

    private final String name;

    ArmSmmuFaults(Era era, String name, PhysAddr base) {
        this.name = name;
        for (int bank = 0; bank < BANKS; bank++) {
            String prefix = "CB" + bank + "_";
            define(CBFRSYNRA + 4L * bank, "CBFRSYNRA" + bank);
            define(at(bank, SCTLR), prefix + "SCTLR");
            define(at(bank, TTBR0), prefix + "TTBR0");
            define(at(bank, FSR), prefix + "FSR");
            define(at(bank, FAR), prefix + "FAR");
            define(at(bank, FSYNR0), prefix + "FSYNR0");
            registers.clearedBy(at(bank, FSR), at(bank, FSR));
        }
    }

    private static long at(int bank, long register) {
        return FIRST_BANK + ((long) bank << BANK_SHIFT) + register;
    }

    @Override
    void connected(IommuContext context) {
        set(at(context.bank(), TTBR0), context.domain().tableRoot().value());
        set(at(context.bank(), SCTLR), 1);
    }

    @Override
    void disconnected(IommuContext context) {
        set(at(context.bank(), SCTLR), 0);
    }

    @Override
    FaultReport report(FaultSite site) {
        int bank = site.context().bank();
        long fsr = bit(site.end().kind());
        long fsynr = (site.write() ? WNR : 0) | (site.end().level() & 3);
        set(at(bank, FAR), site.address());
        set(at(bank, FSYNR0), fsynr);
        set(CBFRSYNRA + 4L * bank, site.id());
        raise(at(bank, FSR), fsr);
        List<String> found = registers.nonZero();
        List<String> log = new ArrayList<>();
        int answer = site.ask(flags(site));
        if (answer == FaultHandler.NOT_HANDLED) {
            log.add(text(
                    "arm-smmu %s: Unhandled context fault: fsr=0x%x, iova=0x%08x, fsynr=0x%x, cbfrsynra=0x%x, cb=%d",
                    name, fsr, site.address(), fsynr, site.id(), bank));
        }
        registers.write(at(bank, FSR), fsr);
        return new FaultReport(found, log, answer == 0 ? Aftermath.HANDLED : Aftermath.TERMINATED);
    }

    private static long bit(FaultKind kind) {
        return switch (kind) {
            case PERMISSION -> 1 << 3;
            case ACCESS_FLAG -> 1 << 2;
            case EXTERNAL_ABORT -> 1 << 4;
            default -> 1 << 1;
        };
    }
}
