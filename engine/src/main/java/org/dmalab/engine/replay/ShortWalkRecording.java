package org.dmalab.engine.replay;

import java.util.Locale;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.ShortDescriptorConfig;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Order;
import org.dmalab.engine.pagetable.ShortDescriptorWalker;
import org.dmalab.engine.pagetable.ShortPar;

/**
 * What the MMU of QEMU's ARMv7 processors made of short descriptors, by {@code ATS1C*} operations: {@code REG ttbcr= ttbr0= dacr=
 * afe=}, {@code W addr word}, {@code Q va op = PAR}; {@code op} 0 and 1 read and write with privilege, 2 and 3 without.
 */
final class ShortWalkRecording extends WalkLines {
    private static final Access[] OPERATIONS = {
        Access.PRIVILEGED_READ, Access.PRIVILEGED_WRITE, Access.READ, Access.WRITE
    };

    @Override
    public String name() {
        return "ptw-v7-short";
    }

    @Override
    Machine newMachine() {
        return new Processor();
    }

    static Access access(int op) {
        return OPERATIONS[op];
    }

    private static final class Processor extends Machine {
        /** Cortex-A7 and A15 know PXN; QEMU boots their boards without a secure world, those of older ones inside it. */
        private boolean virtualization = true;

        private ShortDescriptorWalker walker =
                new ShortDescriptorWalker(ram, ShortDescriptorConfig.of(new PhysAddr(0)));

        @Override
        void comment(String text) {
            if (text.contains("cortex-a")) {
                virtualization = text.contains("cortex-a7") || text.contains("cortex-a15");
            }
        }

        @Override
        void registers(ReplayRun run) {
            PhysAddr ttbr1 = new PhysAddr(run.value("ttbr1").map(run::hex).orElse(0L));
            walker = new ShortDescriptorWalker(
                    ram,
                    ShortDescriptorConfig.of(new PhysAddr(run.hex(run.required("ttbr0"))))
                            .withTtbr1(ttbr1, run.decimal(run.required("ttbcr"), 7))
                            .withDacr((int) run.word(run.required("dacr"), 32))
                            .withAfe(run.decimal(run.required("afe"), 1) == 1)
                            .withPxn(virtualization)
                            .withSecure(!virtualization)
                            .withOrder(Order.QEMU));
        }

        @Override
        void write(ReplayRun run, PhysAddr address, String word) {
            ram.writeWord(address, (int) run.word(word, 32));
        }

        @Override
        String query(ReplayRun run, long input, int op) {
            int par = ShortPar.of(
                    walker.walk(new DmaAddr(input), access(op)), walker.config(), ram, input, ShortPar.Detail.ADDRESS);
            return String.format(Locale.ROOT, "%08x", par);
        }
    }
}
