package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;

/**
 * The shape of a long-descriptor table ({@code arm_lpae_alloc_pgtable} of Linux 6.1): which pages it has, how many levels, how
 * large its first table is.
 *
 * @param format who walks it
 * @param sizeBits the sum of the page sizes
 * @param granuleShift the smallest of them
 * @param startLevel the level of the first table
 * @param rootBits how many bits of input it takes
 */
record LpaeGeometry(LpaeFormat format, long sizeBits, int granuleShift, int startLevel, int rootBits) {
    private static final long GRANULES = Bytes.kib(4) | Bytes.kib(16) | Bytes.kib(64);
    private static final int MOST_CONCATENATED_BITS = 4;

    /** @throws IllegalArgumentException if the driver could not have such a table */
    static LpaeGeometry of(LpaeFormat format, IoPgtableConfig config) {
        config.requireQuirks(format.quirks());
        if (config.quirks().contains(Quirk.OUTER_WBWA) && config.coherentWalk()) {
            throw new IllegalArgumentException("quirks must not have OUTER_WBWA where walkers snoop: " + config);
        }
        require("ias", config.ias(), format.mostInputBits());
        require("oas", config.oas(), format.mostOutputBits());
        int granuleShift = granuleShift(config.pageSizeBits());
        long sizeBits = config.pageSizeBits() & sizes(format, granuleShift, config.oas());
        if ((sizeBits & GRANULES) == 0) {
            throw new IllegalArgumentException(
                    "pageSizeBits must have 4, 16 or 64 KiB: 0x" + Long.toHexString(config.pageSizeBits()));
        }
        if (granuleShift < 16) {
            require("ias without 64 KiB pages", config.ias(), 48);
            require("oas without 64 KiB pages", config.oas(), 48);
        }
        if (config.ias() <= granuleShift) {
            throw new IllegalArgumentException("ias must be more than a page: " + config.ias());
        }
        int start = LongDescriptor.startLevel(granuleShift, config.ias());
        int rootBits = config.ias() - LongDescriptor.shift(granuleShift, start);
        // VTCR: a second stage may start a level later, with up to 16 tables side by side.
        if (format.stage() == 2 && start == 0 && rootBits <= MOST_CONCATENATED_BITS) {
            start++;
            rootBits += LongDescriptor.bitsPerLevel(granuleShift);
        }
        return new LpaeGeometry(format, sizeBits, granuleShift, start, rootBits);
    }

    private static void require(String name, int bits, int most) {
        if (bits < 1 || bits > most) {
            throw new IllegalArgumentException(name + " must be 1.." + most + ": " + bits);
        }
    }

    /** The CPU's page if the hardware has it, else the largest size below, else the smallest above. */
    private static int granuleShift(long sizeBits) {
        long below = sizeBits & (PageSize.PAGE_BYTES - 1);
        if ((sizeBits & PageSize.PAGE_BYTES) != 0) {
            return PageSize.PAGE_SHIFT;
        }
        return below != 0 ? 63 - Long.numberOfLeadingZeros(below) : Long.numberOfTrailingZeros(sizeBits);
    }

    private static long sizes(LpaeFormat format, int granuleShift, int oas) {
        return switch (granuleShift) {
            case 12 -> Bytes.kib(4) | Bytes.mib(2) | Bytes.gib(1);
            case 14 -> format.isAarch32() ? 0 : Bytes.kib(16) | Bytes.mib(32);
            case 16 -> format.isAarch32() ? 0 : Bytes.kib(64) | Bytes.mib(512) | (oas > 48 ? Bytes.gib(4096) : 0);
            default -> 0;
        };
    }

    int startShift() {
        return LongDescriptor.shift(granuleShift, startLevel);
    }

    long rootEntries() {
        return 1L << rootBits;
    }

    /** The order of the first table's block. */
    int rootOrder() {
        return Math.max(0, rootBits + LongDescriptor.WORD_SHIFT - PageSize.PAGE_SHIFT);
    }

    /** The order of the others. */
    int tableOrder() {
        return granuleShift - PageSize.PAGE_SHIFT;
    }
}
