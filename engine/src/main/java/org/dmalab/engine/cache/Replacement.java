package org.dmalab.engine.cache;

/** Which line of a full set makes room. An empty way is always taken first. */
public enum Replacement {
    /** The line that was not used for the longest time. */
    LRU,
    /** The line that came first. */
    FIFO,
    /** The ways in turn, a counter for each set. */
    ROUND_ROBIN,
    /** Any, drawn from a seeded generator. */
    PSEUDO_RANDOM
}
