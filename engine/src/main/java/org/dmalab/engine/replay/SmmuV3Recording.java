package org.dmalab.engine.replay;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.LongDescriptorConfig;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;
import org.dmalab.engine.pagetable.LongDescriptorWalker;

/**
 * What QEMU 7.2's SMMUv3 made of the DMA of its {@code edu} device, stage 1: {@code REG granule= t0sz= ttb0= ips= affd=},
 * {@code W addr descriptor}, {@code Q iova op = event address}; {@code op} 0 reads, 1 writes; {@code event} 00 is none, 10
 * F_TRANSLATION, 11 F_ADDR_SIZE, 12 F_ACCESS, 13 F_PERMISSION, each with the input for an address.
 */
final class SmmuV3Recording extends WalkLines {
    /** QEMU's IOMMU region has 48 bits: what lies above passes untranslated and unseen. */
    private static final int REGION_BITS = 48;

    @Override
    public String name() {
        return "smmuv3-s1";
    }

    @Override
    Machine newMachine() {
        return new Smmu();
    }

    private static final class Smmu extends Machine {
        private LongDescriptorWalker walker =
                new LongDescriptorWalker(ram, LongDescriptorConfig.of(Regime.AARCH64_STAGE1, new PhysAddr(0), 12, 39));

        @Override
        void registers(ReplayRun run) {
            int granuleShift = switch (run.required("granule")) {
                case "4K" -> 12;
                case "16K" -> 14;
                case "64K" -> 16;
                default -> throw run.garbled("granule must be 4K, 16K or 64K");
            };
            PhysAddr root = new PhysAddr(run.hex(run.required("ttb0")));
            int inputBits = 64 - run.decimal(run.required("t0sz"), 39);
            int outputBits = run.value("ips").map(bits -> run.decimal(bits, 52)).orElse(48);
            walker = new LongDescriptorWalker(
                    ram,
                    LongDescriptorConfig.of(Regime.AARCH64_STAGE1, root, granuleShift, inputBits)
                            .withOutputBits(outputBits)
                            .withQuirks(LongDescriptorConfig.QEMU_SMMUV3));
        }

        @Override
        void write(ReplayRun run, PhysAddr address, String word) {
            ram.writeLong(address, run.word(word, 64));
        }

        @Override
        String query(ReplayRun run, long input, int op) {
            if (input >>> REGION_BITS != 0) {
                return answer("00", input);
            }
            return walker.walk(new DmaAddr(input), op == 1 ? Access.WRITE : Access.READ)
                    .fold(
                            mapped -> answer("00", mapped.address().value()),
                            fault -> answer(event(fault.kind()), input));
        }

        private static String answer(String event, long address) {
            return event + " " + Long.toHexString(address);
        }

        private static String event(FaultKind kind) {
            return switch (kind) {
                case TRANSLATION -> "10";
                case ADDRESS_SIZE -> "11";
                case ACCESS_FLAG -> "12";
                case PERMISSION -> "13";
                case EXTERNAL_ABORT -> "0b";
                case DOMAIN -> throw new AssertionError("long descriptors have no domains");
            };
        }
    }
}
