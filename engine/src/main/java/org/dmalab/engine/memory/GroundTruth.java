package org.dmalab.engine.memory;

import org.dmalab.engine.base.PhysAddr;

/**
 * What a machine without caches and write buffers would hold after the same stores, and who stored last: the oracle
 * against which a read is called stale. Whoever stores tells it, through whatever cache or alias the store went.
 */
public interface GroundTruth {
    /** Remembers nothing. */
    GroundTruth NONE = new GroundTruth() {
        @Override
        public void wrote(String who, PhysAddr start, byte[] bytes, int offset, int count) {}

        @Override
        public void wroteWord(String who, PhysAddr address, int word) {}

        @Override
        public void cleared(String who, PhysAddr start, long bytes) {}

        @Override
        public void copied(String who, PhysAddr from, PhysAddr to, long bytes) {}
    };

    /** {@code who} stored {@code count} of {@code bytes} at {@code start}. */
    void wrote(String who, PhysAddr start, byte[] bytes, int offset, int count);

    /** {@code who} stored the 32-bit word at {@code address}, a multiple of 4. */
    void wroteWord(String who, PhysAddr address, int word);

    /** {@code who} cleared {@code bytes} from {@code start}. */
    void cleared(String who, PhysAddr start, long bytes);

    /**
     * {@code who} copied {@code bytes} from {@code from} to {@code to}, which do not overlap. What should be there is what
     * should have been read, whatever stale bytes the copy was made of.
     */
    void copied(String who, PhysAddr from, PhysAddr to, long bytes);
}
