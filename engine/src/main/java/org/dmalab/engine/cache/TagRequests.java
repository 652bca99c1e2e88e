package org.dmalab.engine.cache;

/** What a level asks of the next, as words of {@link TagCaches#access(long[], int, int)}, and its counts. */
final class TagRequests {
    static final long STORE = 1L << 63;

    /** As many as stay in the host's nearest cache. */
    private static final int MOST = 1024;
    /** A fetch and the line that left. */
    private static final int MOST_OF_A_MISS = 2;

    final long[] words = new long[MOST];
    /** How many of the words wait. */
    int used;
    /** Lines asked for, and lines handed on, that the level has not counted in bytes yet. */
    long fetches;

    long stores;
    /** Of the level, since the start. */
    long readMisses;

    long writeMisses;

    /** Whether there is no room for what one more miss may ask. */
    boolean isFull() {
        return used > MOST - MOST_OF_A_MISS;
    }

    /** Forgets what waited. */
    void clear() {
        used = 0;
        fetches = 0;
        stores = 0;
    }
}
