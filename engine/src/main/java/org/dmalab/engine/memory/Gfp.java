package org.dmalab.engine.memory;

import java.util.Locale;

/**
 * How an allocation may get its pages ({@code gfp_t}), by the bits of Linux 3.14.
 *
 * @param bits the sum of {@link GfpFlag#bit}s; at most one of DMA, HIGHMEM and DMA32, and not MOVABLE with RECLAIMABLE,
 *     which the kernel calls a bug
 */
public record Gfp(int bits) {
    private static final int ALL = 0x1ff_ffff;

    public static final Gfp NOWAIT = new Gfp(0);
    public static final Gfp ATOMIC = NOWAIT.with(GfpFlag.HIGH);
    public static final Gfp NOIO = NOWAIT.with(GfpFlag.WAIT);
    public static final Gfp NOFS = NOIO.with(GfpFlag.IO);
    public static final Gfp KERNEL = NOFS.with(GfpFlag.FS);
    public static final Gfp TEMPORARY = KERNEL.with(GfpFlag.RECLAIMABLE);
    public static final Gfp USER = KERNEL.with(GfpFlag.HARDWALL);
    public static final Gfp HIGHUSER = USER.with(GfpFlag.HIGHMEM);
    public static final Gfp HIGHUSER_MOVABLE = HIGHUSER.with(GfpFlag.MOVABLE);
    public static final Gfp DMA = NOWAIT.with(GfpFlag.DMA);
    public static final Gfp DMA32 = NOWAIT.with(GfpFlag.DMA32);

    /** What {@code show_gfp_flags} of Linux 3.14 names, in its order; it has no name for DMA, HIGHMEM, DMA32 and FS. */
    private static final Object[][] NAMES = {
        {HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE"},
        {HIGHUSER, "GFP_HIGHUSER"},
        {USER, "GFP_USER"},
        {TEMPORARY, "GFP_TEMPORARY"},
        {KERNEL, "GFP_KERNEL"},
        {NOFS, "GFP_NOFS"},
        {ATOMIC, "GFP_ATOMIC"},
        {NOIO, "GFP_NOIO"},
        {NOWAIT.with(GfpFlag.IO), "GFP_IO"},
        {NOWAIT.with(GfpFlag.COLD), "GFP_COLD"},
        {NOWAIT.with(GfpFlag.NOWARN), "GFP_NOWARN"},
        {NOWAIT.with(GfpFlag.REPEAT), "GFP_REPEAT"},
        {NOWAIT.with(GfpFlag.NOFAIL), "GFP_NOFAIL"},
        {NOWAIT.with(GfpFlag.NORETRY), "GFP_NORETRY"},
        {NOWAIT.with(GfpFlag.COMP), "GFP_COMP"},
        {NOWAIT.with(GfpFlag.ZERO), "GFP_ZERO"},
        {NOWAIT.with(GfpFlag.NOMEMALLOC), "GFP_NOMEMALLOC"},
        {NOWAIT.with(GfpFlag.MEMALLOC), "GFP_MEMALLOC"},
        {NOWAIT.with(GfpFlag.HARDWALL), "GFP_HARDWALL"},
        {NOWAIT.with(GfpFlag.THISNODE), "GFP_THISNODE"},
        {NOWAIT.with(GfpFlag.RECLAIMABLE), "GFP_RECLAIMABLE"},
        {NOWAIT.with(GfpFlag.KMEMCG), "GFP_KMEMCG"},
        {NOWAIT.with(GfpFlag.MOVABLE), "GFP_MOVABLE"},
        {NOWAIT.with(GfpFlag.NOTRACK), "GFP_NOTRACK"},
        {NOWAIT.with(GfpFlag.NO_KSWAPD), "GFP_NO_KSWAPD"},
        {NOWAIT.with(GfpFlag.OTHER_NODE), "GFP_OTHER_NODE"},
    };

    public Gfp {
        int zone = bits & (GfpFlag.DMA.bit() | GfpFlag.HIGHMEM.bit() | GfpFlag.DMA32.bit());
        int mobility = GfpFlag.MOVABLE.bit() | GfpFlag.RECLAIMABLE.bit();
        if ((bits & ~ALL) != 0 || Integer.bitCount(zone) > 1 || (bits & mobility) == mobility) {
            throw new IllegalArgumentException(
                    "gfp must name at most one zone and one mobility: " + String.format(Locale.ROOT, "0x%x", bits));
        }
    }

    /** These flags and {@code more}. */
    public Gfp with(GfpFlag... more) {
        int sum = bits;
        for (GfpFlag flag : more) {
            sum |= flag.bit();
        }
        return new Gfp(sum);
    }

    /** These flags but {@code fewer}. */
    public Gfp without(GfpFlag... fewer) {
        int rest = bits;
        for (GfpFlag flag : fewer) {
            rest &= ~flag.bit();
        }
        return new Gfp(rest);
    }

    /** Whether {@code flag} is set. */
    public boolean has(GfpFlag flag) {
        return (bits & flag.bit()) != 0;
    }

    /** The highest zone the pages may come from ({@code gfp_zone}). */
    public ZoneKind highestZone() {
        if (has(GfpFlag.DMA)) {
            return ZoneKind.DMA;
        }
        if (has(GfpFlag.DMA32)) {
            return ZoneKind.DMA32;
        }
        if (!has(GfpFlag.HIGHMEM)) {
            return ZoneKind.NORMAL;
        }
        return has(GfpFlag.MOVABLE) ? ZoneKind.MOVABLE : ZoneKind.HIGHMEM;
    }

    /** The lists the pages are taken from first ({@code allocflags_to_migratetype}). */
    public MigrateType migrateType() {
        if (has(GfpFlag.MOVABLE)) {
            return MigrateType.MOVABLE;
        }
        return has(GfpFlag.RECLAIMABLE) ? MigrateType.RECLAIMABLE : MigrateType.UNMOVABLE;
    }

    /** Whether the caller may be put to sleep ({@code __GFP_WAIT}). */
    public boolean maySleep() {
        return has(GfpFlag.WAIT);
    }

    /**
     * As {@code gfp_flags=} of Linux 3.14's trace events: the largest composites first, what has no name as a number:
     * {@code GFP_KERNEL|GFP_ZERO}, {@code GFP_KERNEL|0x2}, {@code GFP_NOWAIT} for none.
     */
    @Override
    public String toString() {
        if (bits == 0) {
            return "GFP_NOWAIT";
        }
        StringBuilder text = new StringBuilder();
        int left = bits;
        for (Object[] entry : NAMES) {
            int named = ((Gfp) entry[0]).bits();
            if ((left & named) == named) {
                text.append(text.isEmpty() ? "" : "|").append(entry[1]);
                left &= ~named;
            }
        }
        if (left != 0) {
            text.append(text.isEmpty() ? "" : "|").append(String.format(Locale.ROOT, "0x%x", left));
        }
        return text.toString();
    }
}
