package org.dmalab.engine.replay;

import java.util.Locale;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.LongDescriptorConfig;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;
import org.dmalab.engine.pagetable.LongDescriptorWalker;
import org.dmalab.engine.pagetable.LongPar;

/**
 * What the MMU of QEMU's Cortex-A15 made of long descriptors, by {@code ATS1C*} operations: {@code REG ttbr0= t0sz= mair=},
 * {@code W addr word}, {@code Q va op = PAR}; {@code op} as for short descriptors.
 */
final class LongWalkRecording extends WalkLines {
    @Override
    public String name() {
        return "ptw-lpae32";
    }

    @Override
    Machine newMachine() {
        return new Processor();
    }

    private static final class Processor extends Machine {
        private LongDescriptorWalker walker =
                new LongDescriptorWalker(ram, LongDescriptorConfig.of(Regime.AARCH32_STAGE1, new PhysAddr(0), 12, 32));

        @Override
        void registers(ReplayRun run) {
            PhysAddr root = new PhysAddr(run.hex(run.required("ttbr0")));
            int bits = 32 - run.decimal(run.required("t0sz"), 7);
            walker = new LongDescriptorWalker(
                    ram,
                    LongDescriptorConfig.of(Regime.AARCH32_STAGE1, root, 12, bits)
                            .withMair(run.word(run.required("mair"), 64)));
        }

        @Override
        void write(ReplayRun run, PhysAddr address, String word) {
            ram.writeLong(address, run.word(word, 64));
        }

        @Override
        String query(ReplayRun run, long input, int op) {
            long par =
                    LongPar.of(walker.walk(new DmaAddr(input), ShortWalkRecording.access(op)), walker.config(), true);
            return String.format(Locale.ROOT, "%016x", par);
        }
    }
}
