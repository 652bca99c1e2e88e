package org.dmalab.engine.cpu;

import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.VirtAddr;

/**
 * One virtual address that leads to a page.
 *
 * @param who has it: {@code kernel, linear map}, {@code process 1 (camera)}
 * @param address of the page's first byte
 * @param type how the CPU treats accesses
 */
public record Alias(String who, VirtAddr address, MemoryType type) {
    /** {@code kernel, linear map: 0xc0001000, WRITE_BACK}. */
    @Override
    public String toString() {
        return who + ": " + address + ", " + type;
    }
}
