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
 */
public record ZoneRefusal(
        ZoneKind zone, Cause cause, long freePages, long usablePages, long limitPages, int largestOrder) {
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

    /** {@code Normal: 12 MiB free, the largest block has 32 KiB: memory is fragmented}. */
    @Override
    public String toString() {
        String largest = largestOrder < 0
                ? "no block"
                : "the largest block has " + Bytes.text(PageSize.PAGE_BYTES << largestOrder);
        String why = switch (cause) {
            case SHORT -> "memory is short";
            case FRAGMENTED -> "memory is fragmented, or the large blocks are kept for other uses";
            case WATERMARK ->
                String.format(
                        Locale.ROOT,
                        "%s would be left to it, the watermark and reserve ask for more than %d",
                        pages(usablePages),
                        limitPages);
            case ORDER_WATERMARK ->
                String.format(
                        Locale.ROOT,
                        "%s would be left in large blocks, the watermark asks for more than %d",
                        pages(usablePages),
                        limitPages);
        };
        return zone.text() + ": " + Bytes.text(freePages * PageSize.PAGE_BYTES) + " free, " + largest + ": " + why;
    }

    private static String pages(long count) {
        return count == 1 ? "1 page" : count + " pages";
    }
}
