package org.dmalab.engine.base;

/** A hint or a contract passed to {@code dma_alloc_attrs} and its kin ({@code DMA_ATTR_*}). */
public enum DmaAttribute {
    /** {@code DMA_ATTR_WRITE_BARRIER}: ignored on ARM. */
    WRITE_BARRIER(0),
    /** {@code DMA_ATTR_WEAK_ORDERING}: ignored on ARM. */
    WEAK_ORDERING(1),
    /** {@code DMA_ATTR_WRITE_COMBINE}: writes may be gathered before they reach memory. */
    WRITE_COMBINE(2),
    /** {@code DMA_ATTR_NON_CONSISTENT}: the driver promises explicit syncs; mainline ARM ignored it. */
    NON_CONSISTENT(3),
    /** {@code DMA_ATTR_NO_KERNEL_MAPPING}: no kernel address; what alloc returns is a cookie for mmap and free. */
    NO_KERNEL_MAPPING(4),
    /** {@code DMA_ATTR_SKIP_CPU_SYNC}: map and unmap leave the caches alone. */
    SKIP_CPU_SYNC(5);

    private final int bit;

    DmaAttribute(int bit) {
        this.bit = bit;
    }

    /** Its number in the era's {@code enum dma_attr}, its bit in a set. */
    public int bit() {
        return bit;
    }
}
