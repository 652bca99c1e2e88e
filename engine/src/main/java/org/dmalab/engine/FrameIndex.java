package org.dmalab.engine;

import java.util.Arrays;
import org.dmalab.engine.memory.PageArray;

/** Finds a page frame's place in an array of pages: a sorted array of frame numbers, the place in the low bits of each. */
final class FrameIndex {
    /** No page of the array has this frame. */
    static final int NONE = -1;

    /** A place has 24 bits: 64 GiB of pages. */
    private static final int PLACE_SHIFT = 24;

    private static final long PLACE_MASK = (1L << PLACE_SHIFT) - 1;

    private final long[] keys;

    /** The places of {@code pages}. */
    FrameIndex(PageArray pages) {
        if (pages.count() > PLACE_MASK) {
            throw new IllegalArgumentException(
                    "pages must be at most " + PLACE_MASK + " to be looked at together: " + pages);
        }
        keys = pages.pfns();
        for (int place = 0; place < keys.length; place++) {
            keys[place] = (keys[place] << PLACE_SHIFT) | place;
        }
        Arrays.sort(keys);
    }

    /** The first place of frame {@code pfn}, or {@link #NONE}. */
    int find(long pfn) {
        int found = Arrays.binarySearch(keys, pfn << PLACE_SHIFT);
        int at = found < 0 ? -found - 1 : found;
        return at < keys.length && keys[at] >>> PLACE_SHIFT == pfn ? (int) (keys[at] & PLACE_MASK) : NONE;
    }
}
