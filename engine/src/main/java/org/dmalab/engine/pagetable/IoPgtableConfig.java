package org.dmalab.engine.pagetable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.PageSize;

/**
 * What a driver asks of an io-pgtable ({@code struct io_pgtable_cfg} of Linux 6.1).
 *
 * @param pageSizeBits the sum of the page sizes the hardware has ({@code pgsize_bitmap}); the format takes those it knows
 * @param ias how many bits an input address has
 * @param oas how many bits an output address has
 * @param quirks what this hardware has otherwise
 * @param coherentWalk whether walkers snoop the CPU's caches, so that words need not be cleaned
 */
public record IoPgtableConfig(long pageSizeBits, int ias, int oas, Set<Quirk> quirks, boolean coherentWalk) {
    /** {@code IO_PGTABLE_QUIRK_*}. */
    public enum Quirk {
        /** {@code ARM_NS}: tables and memory are those of the non-secure world, and say so. */
        NS(0),
        /** {@code NO_PERMS}: no permissions in the words. */
        NO_PERMS(1),
        /** {@code ARM_MTK_EXT}: MediaTek's 34 bits of input, 35 of output. */
        MTK_EXT(3),
        /** {@code ARM_MTK_TTBR_EXT}: MediaTek's first level may lie above 4 GiB. */
        MTK_TTBR_EXT(4),
        /** {@code ARM_TTBR1}: the upper half of the addresses. */
        TTBR1(5),
        /** {@code ARM_OUTER_WBWA}: walkers that do not snoop allocate in the outer cache. */
        OUTER_WBWA(6);

        private final int bit;

        Quirk(int bit) {
            this.bit = bit;
        }
    }

    public IoPgtableConfig {
        quirks = Set.copyOf(quirks);
    }

    /** Without quirks, walked by who snoops. */
    public static IoPgtableConfig of(long pageSizeBits, int ias, int oas) {
        return new IoPgtableConfig(pageSizeBits, ias, oas, Set.of(), true);
    }

    /** The same with {@code others}. */
    public IoPgtableConfig withQuirks(Set<Quirk> others) {
        return new IoPgtableConfig(pageSizeBits, ias, oas, others, coherentWalk);
    }

    /** The same, walked by who does not snoop. */
    public IoPgtableConfig withoutSnooping() {
        return new IoPgtableConfig(pageSizeBits, ias, oas, quirks, false);
    }

    /**
     * The quirks of the kernel's number for them.
     *
     * @throws IllegalArgumentException if a bit of it names none
     */
    public static Set<Quirk> quirks(int bits) {
        Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
        int rest = bits;
        for (Quirk quirk : Quirk.values()) {
            if ((bits >>> quirk.bit & 1) != 0) {
                quirks.add(quirk);
                rest &= ~(1 << quirk.bit);
            }
        }
        if (rest != 0) {
            throw new IllegalArgumentException("bits must be those of quirks: 0x" + Integer.toHexString(bits)
                    + ", unknown 0x" + Integer.toHexString(rest));
        }
        return quirks;
    }

    void requireQuirks(Set<Quirk> known) {
        if (!known.containsAll(quirks)) {
            throw new IllegalArgumentException(
                    "quirks must be of " + known.stream().sorted().toList() + ": " + quirks);
        }
    }

    static List<PageSize> sizes(long bits) {
        List<PageSize> sizes = new ArrayList<>();
        for (long rest = bits; rest != 0; rest &= rest - 1) {
            sizes.add(new PageSize(Long.numberOfTrailingZeros(rest)));
        }
        return List.copyOf(sizes);
    }
}
