package org.dmalab.engine.cpu;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.VirtAddr;

/** Something that takes a run of virtual addresses. */
interface Placed {
    /** What it takes, a guard page included. */
    AddrRange<VirtAddr> taken();
}
