package org.dmalab.engine.arm;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;

/**
 * A buffer was to come from HighMem only, and HighMem has no such block.
 *
 * @param order of the block asked for
 */
record NoHighmem(int order) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return "page allocation failure: order:" + order;
    }

    @Override
    public String explain() {
        return "asked for " + Bytes.text(PageSize.PAGE_BYTES << order)
                + " of HighMem, so that no cacheable linear mapping of it exists; only lowmem has such a block: take a board"
                + " with more RAM or a larger vmalloc=, or choose another CoherentMapping";
    }
}
