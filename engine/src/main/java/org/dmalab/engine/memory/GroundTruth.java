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
        public void cleared(String who, PhysAddr start, long bytes) {}
    };

    /** {@code who} stored {@code count} of {@code bytes} at {@code start}. */
    void wrote(String who, PhysAddr start, byte[] bytes, int offset, int count);

    /** {@code who} cleared {@code bytes} from {@code start}. */
    void cleared(String who, PhysAddr start, long bytes);
}
