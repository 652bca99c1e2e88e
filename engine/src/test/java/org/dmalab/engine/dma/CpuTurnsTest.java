package org.dmalab.engine.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.junit.jupiter.api.Test;

final class CpuTurnsTest {
    private static final long BASE = 0xfffff000L;
    private static final int SPAN = 256;
    private static final BusMaster DEVICE = new BusMaster(3, "fimc0");

    private static void equal(BitSet expected, CpuTurns turns, String what) {
        for (int i = 0; i < SPAN; i++) {
            assertEquals(expected.get(i), turns.isCpus("fimc0", BASE + i), what + ", address " + i);
        }
    }

    @Test
    void randomSyncs_equalABitPerAddress() {
        for (long seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            CpuTurns turns = new CpuTurns();
            BitSet bits = new BitSet();
            for (int step = 0; step < 200; step++) {
                int start = random.nextInt(SPAN - 1);
                int bytes = 1 + random.nextInt(Math.min(40, SPAN - start));
                boolean forDevice = random.nextBoolean();
                turns.dmaSynced(DEVICE, BASE + start, bytes, DmaDirection.BIDIRECTIONAL, forDevice);
                bits.set(start, start + bytes, !forDevice);
                equal(bits, turns, "seed " + seed + ", step " + step);
            }
        }
    }

    @Test
    void otherCalls_giveTheAddressesToTheDevice() {
        CpuTurns turns = new CpuTurns();
        BitSet none = new BitSet();
        equal(none, turns, "nothing synced");
        for (int call = 0; call < 4; call++) {
            turns.dmaSynced(DEVICE, BASE, SPAN, DmaDirection.FROM_DEVICE, false);
            BitSet all = new BitSet();
            all.set(0, SPAN);
            equal(all, turns, "synced for the CPU");
            assertEquals(false, turns.isCpus("fimc1", BASE), "another device");
            switch (call) {
                case 0 -> turns.dmaMapped(DEVICE, BASE, SPAN, 0, DmaDirection.FROM_DEVICE, DmaAttrs.NONE);
                case 1 -> turns.dmaUnmapped(DEVICE, BASE, SPAN, DmaDirection.FROM_DEVICE, DmaAttrs.NONE);
                case 2 -> turns.dmaAllocated(DEVICE, BASE, SPAN, 0, DmaAttrs.NONE);
                default -> turns.dmaFreed(DEVICE, BASE, SPAN, 0, DmaAttrs.NONE);
            }
            equal(none, turns, "call " + call);
        }
    }
}
