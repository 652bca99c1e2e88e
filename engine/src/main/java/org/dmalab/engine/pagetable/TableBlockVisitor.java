package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.PhysAddr;

/** Is shown where a table lies in RAM. */
@FunctionalInterface
public interface TableBlockVisitor {
    /**
     * {@code bytes} of descriptors from {@code start}.
     *
     * @param level of the descriptors, counted as {@link Translation#level} counts
     */
    void block(int level, PhysAddr start, long bytes);
}
