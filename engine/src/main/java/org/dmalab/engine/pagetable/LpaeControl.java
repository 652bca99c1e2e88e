package org.dmalab.engine.pagetable;

import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;

/**
 * The fields of TCR or VTCR that go with a table, and MAIR ({@code arm_lpae_s1_cfg}, {@code arm_lpae_s2_cfg}).
 *
 * @param ps IPS or PS: 0 to 6 for 32, 36, 40, 42, 44, 48, 52 bits of output
 * @param tg TG0: 0 for 4 KiB, 1 for 64, 2 for 16; TG1, for the upper half: 1 for 16 KiB, 2 for 4, 3 for 64
 * @param sh shareability of walks: 2 outer, 3 inner
 * @param orgn outer cacheability of walks: 0 none, 1 write-back and allocating
 * @param irgn inner cacheability of walks, likewise
 * @param tsz T0SZ or T1SZ: 64 - bits of input
 * @param sl SL0: where a second stage starts; 0 at stage 1
 * @param mair the memory attributes that AttrIndx names at stage 1: 0 non-cacheable, 1 write-back, 2 device, 3 non-cacheable
 *     inside, write-back outside
 */
public record LpaeControl(int ps, int tg, int sh, int orgn, int irgn, int tsz, int sl, long mair) {
    private static final int[] PHYSICAL_SIZES = {32, 36, 40, 42, 44, 48, 52};
    /** The driver shifts an int by 24, and its sign runs through to bit 63. */
    private static final long MAIR = 0xFFFFFFFFF404FF44L;

    private static final int WRITE_BACK_ALLOCATING = 1;
    private static final int OUTER = 2;
    private static final int INNER = 3;

    static LpaeControl of(LpaeGeometry geometry, IoPgtableConfig config) {
        boolean snoops = config.coherentWalk();
        boolean allocates = snoops || config.quirks().contains(Quirk.OUTER_WBWA);
        boolean stage2 = geometry.format().stage() == 2;
        int start = geometry.granuleShift() == 12 ? geometry.startLevel() + 1 : geometry.startLevel();
        return new LpaeControl(
                physicalSize(config.oas()),
                config.quirks().contains(Quirk.TTBR1) ? tg1(geometry.granuleShift()) : tg0(geometry.granuleShift()),
                snoops ? INNER : OUTER,
                allocates ? WRITE_BACK_ALLOCATING : 0,
                snoops ? WRITE_BACK_ALLOCATING : 0,
                64 - config.ias(),
                stage2 ? ~start & 3 : 0,
                stage2 ? 0 : MAIR);
    }

    private static int tg0(int granuleShift) {
        return granuleShift == 12 ? 0 : granuleShift == 14 ? 2 : 1;
    }

    private static int tg1(int granuleShift) {
        return granuleShift == 12 ? 2 : granuleShift == 14 ? 1 : 3;
    }

    /** The code of {@code oas} bits of output. */
    static int physicalSize(int oas) {
        for (int code = 0; code < PHYSICAL_SIZES.length; code++) {
            if (PHYSICAL_SIZES[code] == oas) {
                return code;
            }
        }
        throw new IllegalArgumentException("oas must be 32, 36, 40, 42, 44, 48 or 52: " + oas);
    }
}
