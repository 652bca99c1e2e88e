package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;

/**
 * ARM's SMMU of version 3 ({@code arm-smmu-v3.c}), which writes a record of four words into its event queue. Of the queue the
 * indices are modelled, not its memory.
 *
 * <pre>
 * 0x100a8 EVTQ_PROD, 0x100ac EVTQ_CONS
 * record  word 0  [7:0] event, [63:32] stream id     word 1  [35] read, [39] stage 2, [41:40] 2: the input address
 *         word 2  input address                      word 3  address of stage 2
 * event   10h translation, 11h address size, 12h access flag, 13h permission, 0bh external abort
 * </pre>
 */
final class SmmuV3Faults extends FaultRegisters {
    private static final long EVTQ_PROD = 0x100A8;
    private static final long EVTQ_CONS = 0x100AC;
    /** Index and wrap bit of a queue of 128 records, the largest in one page. */
    private static final long INDEX = 0xFF;

    private static final long READ_BIT = 1L << 35;
    private static final long CLASS_INPUT = 2L << 40;

    private final String name;

    SmmuV3Faults(Era era, String name, PhysAddr base) {
        this.name = name;
        define(EVTQ_PROD, "EVTQ_PROD");
        define(EVTQ_CONS, "EVTQ_CONS");
    }

    @Override
    void connected(IommuContext context) {}

    @Override
    void disconnected(IommuContext context) {}

    @Override
    FaultReport report(FaultSite site) {
        long event = event(site);
        set(EVTQ_PROD, (registers.read(EVTQ_PROD) + 1) & INDEX);
        List<String> found = registers.nonZero();
        String device = "arm-smmu-v3 " + name + ": ";
        List<String> log = new ArrayList<>();
        log.add(device + text("event 0x%02x received:", event));
        for (long word : record(site, event)) {
            log.add(device + text("\t0x%016x", word));
        }
        set(EVTQ_CONS, registers.read(EVTQ_PROD));
        return new FaultReport(found, log, Aftermath.TERMINATED);
    }

    private static long[] record(FaultSite site, long event) {
        return new long[] {
            event | ((long) site.id() << 32), CLASS_INPUT | (site.write() ? 0 : READ_BIT), site.address(), 0,
        };
    }

    private static long event(FaultSite site) {
        return switch (site.end().kind()) {
            case ADDRESS_SIZE -> 0x11;
            case ACCESS_FLAG -> 0x12;
            case PERMISSION -> 0x13;
            case EXTERNAL_ABORT -> 0x0B;
            default -> 0x10;
        };
    }
}
