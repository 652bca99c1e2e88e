package org.dmalab.engine.iova;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;

/**
 * Why no range of DMA addresses was found.
 *
 * @param era the Linux version that searched
 * @param bytes what was needed, rounded up to the allocator's granule
 * @param alignment the start had to be a multiple of this, counted from the start of the window
 * @param window where was searched
 * @param largestRequest the longest range the allocator can give even when empty
 * @param freeBytes how much of the window is free
 * @param largestHole the longest free run
 */
public record NoIovaSpace(
        Era era,
        long bytes,
        long alignment,
        AddrRange<DmaAddr> window,
        long largestRequest,
        long freeBytes,
        long largestHole)
        implements Reason {

    /** Which limit was hit. */
    public enum Cause {
        /** Longer than anything this allocator can give. */
        TOO_LONG,
        /** Less is free than was asked for. */
        FULL,
        /** Enough is free, in pieces that are too short. */
        FRAGMENTED,
        /** A long enough piece is free, at no aligned place. */
        ALIGNMENT
    }

    /** The limit that was hit first. */
    public Cause cause() {
        if (bytes > largestRequest) {
            return Cause.TOO_LONG;
        }
        if (bytes > freeBytes) {
            return Cause.FULL;
        }
        return bytes > largestHole ? Cause.FRAGMENTED : Cause.ALIGNMENT;
    }

    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    /** The kernel prints nothing here; it returns all ones as the handle. */
    @Override
    public String message() {
        String handle = era.atLeast(Era.V6_1) ? "DMA_MAPPING_ERROR" : "DMA_ERROR_CODE";
        return "__alloc_iova: " + handle + " [bytes=" + bytes + "] [alignment=" + alignment + "] [free=" + freeBytes
                + "] [largest hole=" + largestHole + "]";
    }

    @Override
    public String explain() {
        String asked = Bytes.text(bytes) + " at a multiple of " + Bytes.text(alignment) + " was asked for in " + window
                + "; " + Bytes.text(freeBytes) + " is free, the largest hole is " + Bytes.text(largestHole) + ": ";
        return asked
                + switch (cause()) {
                    case TOO_LONG ->
                        "one allocation cannot be longer than " + Bytes.text(largestRequest)
                                + "; map the buffer in pieces";
                    case FULL -> "the window is too full; unmap something or make the window larger";
                    case FRAGMENTED ->
                        "the free space is in pieces that are too short; map long-lived buffers first, "
                                + "or make the window larger";
                    case ALIGNMENT ->
                        "a hole of " + pages(largestHole) + " pages exists for the " + pages(bytes)
                                + " that are needed, but not at an aligned place; a lower alignment cap"
                                + " (CONFIG_ARM_DMA_IOMMU_ALIGNMENT, Linux 3.8 and later) lets more places count";
                };
    }

    private static long pages(long bytes) {
        return bytes >>> PageSize.PAGE_SHIFT;
    }
}
