package org.dmalab.engine.arm;

import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.MemoryType;

/** What a backend makes of the attributes that ask for a kind of memory. */
public enum AttributePolicy {
    /**
     * What was merged: WRITE_COMBINE asks for gathering writes, NON_CONSISTENT is ignored ({@code __get_dma_pgprot} of
     * Linux 3.6 to 3.14).
     */
    MAINLINE("mainline"),
    /**
     * What the series of June 2011 proposed for {@code DMA_ATTRIB_NON_COHERENT}: cacheable memory and a driver that syncs
     * explicitly.
     */
    JUNE_2011("proposal of June 2011");

    private final String text;

    AttributePolicy(String text) {
        this.text = text;
    }

    /**
     * How the CPU sees a buffer.
     *
     * @param coherent what the board's CPU uses for coherent memory: bufferable on ARMv7, strongly ordered before
     */
    public MemoryType type(DmaAttrs attrs, MemoryType coherent) {
        if (this == JUNE_2011 && attrs.has(DmaAttribute.NON_CONSISTENT)) {
            return MemoryType.WRITE_BACK;
        }
        return attrs.has(DmaAttribute.WRITE_COMBINE) ? MemoryType.NORMAL_NONCACHEABLE : coherent;
    }

    /** Its name in pictures. */
    @Override
    public String toString() {
        return text;
    }
}
