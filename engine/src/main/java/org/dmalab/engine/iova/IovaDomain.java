package org.dmalab.engine.iova;

import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;

/** The DMA addresses of one IOMMU domain and the policy by which they are handed out. */
public interface IovaDomain {
    /**
     * Reserves a range for {@code bytes}; a failure is a {@link NoIovaSpace}.
     *
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    Outcome<DmaAddr> alloc(long bytes);

    /**
     * Gives a range back, wherever it was got: like the kernel, an allocator does not check that the range was handed out.
     *
     * @param bytes what was asked for, rounded up to pages
     * @throws IllegalArgumentException if the range leaves the window
     */
    void free(DmaAddr iova, long bytes);

    /** Every address that can be handed out. */
    AddrRange<DmaAddr> window();

    /** What an allocation is rounded up to. */
    long granuleBytes();

    /** How many bytes of the window are free. */
    long freeBytes();

    /** The longest free run that one allocation could use if alignment allowed, in bytes. */
    long largestHole();

    /**
     * How many entries all searches so far have looked at, be they ranges of a tree, words of a bitmap or holes of a list;
     * empty if the allocator does not count them.
     */
    default OptionalLong searched() {
        return OptionalLong.empty();
    }

    /** What {@link #searched} counts: {@code ranges}, {@code words}, {@code holes}. */
    default String searchedUnit() {
        return "entries";
    }
}
