package org.dmalab.engine.pagetable;

/**
 * What a walker keeps of the descriptors it read: a walk cache, a cache of first-level descriptors. A walker asks it before
 * it reads a descriptor above the last level, and tells it each that it read from RAM. Addresses are bare numbers here, as a
 * walk costs no object.
 */
public interface WalkMemo {
    /** What {@link #recall} answers for a descriptor that it does not keep. */
    long NOTHING = -1;

    /** Keeps nothing. */
    WalkMemo NONE = new WalkMemo() {
        @Override
        public long recall(long descriptor) {
            return NOTHING;
        }

        @Override
        public void read(long descriptor, long word, Found found, long iova, int shift) {}
    };

    /** What a descriptor says. */
    enum Found {
        /** A table of the next level. */
        TABLE,
        /** Memory. */
        PAGE,
        /** Nothing. */
        FAULT
    }

    /** The word kept for the descriptor at that physical address, or {@link #NOTHING}. */
    long recall(long descriptor);

    /**
     * A descriptor was read from RAM.
     *
     * @param descriptor its physical address
     * @param iova an address that it serves
     * @param shift it serves the {@code 1 << shift} addresses around {@code iova}
     */
    void read(long descriptor, long word, Found found, long iova, int shift);
}
