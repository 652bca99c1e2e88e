package org.dmalab.engine.cache;

/**
 * Hardware that fetches ahead: after a miss the lines that follow, or those that continue the distance between the last three
 * misses. It knows physical addresses only, so it goes beyond a buffer into what lies behind it. In front of a cache that is
 * indexed virtually it stops at the end of a 4 KiB page whatever it is told: under which address the next page's lines would be
 * looked for it cannot know.
 *
 * @param depth how many lines ahead; 0 for none
 * @param pageBounded whether it stops at the end of a 4 KiB page
 */
public record Prefetcher(int depth, boolean pageBounded) {
    /** Fetches nothing ahead. */
    public static final Prefetcher NONE = new Prefetcher(0, true);

    private static final int DEEPEST = 64;

    public Prefetcher {
        if (depth < 0 || depth > DEEPEST) {
            throw new IllegalArgumentException("depth must be 0.." + DEEPEST + ": " + depth);
        }
    }
}
