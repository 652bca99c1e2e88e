package org.dmalab.engine.memory;

import org.dmalab.engine.base.PhysAddr;

/** Copies a page frame's content to another ({@code copy_highpage}), through whatever caches the machine has. */
@FunctionalInterface
public interface PageCopy {
    /** Copies the 4096 bytes at {@code from} to {@code to}. */
    void copy(PhysAddr from, PhysAddr to);
}
