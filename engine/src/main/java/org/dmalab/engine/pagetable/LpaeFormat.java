package org.dmalab.engine.pagetable;

import java.util.EnumSet;
import java.util.Set;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;

/** Who walks a long-descriptor table ({@code enum io_pgtable_fmt}). */
public enum LpaeFormat {
    /** {@code ARM_64_LPAE_S1}. */
    ARM_64_S1(Regime.AARCH64_STAGE1, 52, 52),
    /** {@code ARM_64_LPAE_S2}. */
    ARM_64_S2(Regime.AARCH64_STAGE2, 52, 52),
    /** {@code ARM_32_LPAE_S1}. */
    ARM_32_S1(Regime.AARCH32_STAGE1, 32, 40),
    /** {@code ARM_32_LPAE_S2}. */
    ARM_32_S2(Regime.AARCH32_STAGE2, 40, 40);

    private final Regime regime;
    private final int mostInputBits;
    private final int mostOutputBits;

    LpaeFormat(Regime regime, int mostInputBits, int mostOutputBits) {
        this.regime = regime;
        this.mostInputBits = mostInputBits;
        this.mostOutputBits = mostOutputBits;
    }

    /** The walker's. */
    public Regime regime() {
        return regime;
    }

    int stage() {
        return regime.stage();
    }

    boolean isAarch32() {
        return regime.isAarch32();
    }

    int mostInputBits() {
        return mostInputBits;
    }

    int mostOutputBits() {
        return mostOutputBits;
    }

    Set<Quirk> quirks() {
        return stage() == 2 ? Set.of() : EnumSet.of(Quirk.NS, Quirk.TTBR1, Quirk.OUTER_WBWA);
    }
}
