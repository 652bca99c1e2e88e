package org.dmalab.engine.memory;

import java.util.Locale;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;

/**
 * Why one zone did not serve a request.
 *
 * @param zone which
 * @param cause what stopped it
 * @param freePages all that is free there
 * @param usablePages what counts as free for the check that failed, after the request and by its order
 * @param limitPages what {@code usablePages} would have to exceed or, without watermarks, to reach
 * @param largestOrder the order of the largest free block of any type, -1 if there is none
 * @param fragmentationIndex {@code extfrag_index} of the order in thousandths: -1000 if a free block would be large enough,
 *     else near 0 for lack of memory, near 1000 for fragmentation
 */
public record ZoneRefusal(
        ZoneKind zone,
        Cause cause,
        long freePages,
        long usablePages,
        long limitPages,
        int largestOrder,
        int fragmentationIndex) {
    /** {@code sysctl_extfrag_threshold}: from here on the kernel compacts, up to here it reclaims. */
    private static final int COMPACT_FROM = 500;

    /** What stopped a zone. */
    public enum Cause {
        /** Fewer pages are free than were asked for. */
        SHORT,
        /** The request would leave less than the minimum watermark and the lowmem reserve. */
        WATERMARK,
        /** The request would leave too little in large blocks: the watermark is halved for each order. */
        ORDER_WATERMARK,
        /** Enough pages are free, but no block the request may take is large enough. */
        FRAGMENTED
    }

    /**
     * {@code Normal: 12 MiB free, no block of 4 MiB (order 10) or more, the largest has 32 KiB (order 3), fragmentation index
     * 0.998: memory is fragmented}.
     */
    @Override
    public String toString() {
        String why = switch (cause) {
            case SHORT -> largest() + ": memory is short";
            case FRAGMENTED -> fragmented();
            case WATERMARK ->
                largest() + ": " + PageRange.count(usablePages)
                        + " would be left to it, the watermark and reserve ask for more than " + limitPages;
            case ORDER_WATERMARK ->
                largest() + ": " + PageRange.count(usablePages)
                        + " would be left in large blocks, the watermark asks for more than " + limitPages;
        };
        return zone.text() + ": " + Bytes.text(freePages * PageSize.PAGE_BYTES) + " free, " + why;
    }

    private String largest() {
        return largestOrder < 0 ? "no block" : "the largest block has " + block(largestOrder);
    }

    private String fragmented() {
        int order = Long.numberOfTrailingZeros(limitPages);
        if (largestOrder >= order) {
            return largest() + ": the blocks of " + block(order)
                    + " or more are kept for other uses, CMA or the reserve";
        }
        return "no block of " + block(order) + " or more, the largest has " + block(largestOrder)
                + String.format(
                        Locale.ROOT,
                        ", fragmentation index %d.%03d: ",
                        fragmentationIndex / 1000,
                        Math.abs(fragmentationIndex % 1000))
                + (fragmentationIndex > COMPACT_FROM
                        ? "memory is fragmented"
                        : "the kernel takes that for lack of memory and reclaims");
    }

    private static String block(int order) {
        return Bytes.text(PageSize.PAGE_BYTES << order) + " (order " + order + ")";
    }
}
