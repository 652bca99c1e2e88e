package org.dmalab.engine.base;

/** An address of one of the three kinds, which never meet: each is dereferenced by somebody else. */
public sealed interface Addr permits PhysAddr, VirtAddr, DmaAddr {
    /** The address as an unsigned 64-bit number. */
    long value();
}
