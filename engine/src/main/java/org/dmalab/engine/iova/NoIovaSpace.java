package org.dmalab.engine.iova;

import java.util.Optional;
import java.util.OptionalLong;
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
 * @param era the Linux version that searched; absent for a policy that no kernel has
 * @param bytes what was needed, rounded up to the allocator's granule; at most {@link Long#MAX_VALUE}
 * @param alignment the start had to be a multiple of this; a bitmap counts from the start of the window. At most
 *     {@link Long#MAX_VALUE}
 * @param window where was searched
 * @param largestRequest the longest range the allocator can give even when empty
 * @param freeBytes how much of the window, up to the request's limit, is free
 * @param largestHole the longest free run there
 * @param search how {@code alloc_iova} searched; absent for the other allocators
 */
public record NoIovaSpace(
        Optional<Era> era,
        long bytes,
        long alignment,
        AddrRange<DmaAddr> window,
        long largestRequest,
        long freeBytes,
        long largestHole,
        Optional<Search> search)
        implements Reason {

    /**
     * How the generic allocator searched.
     *
     * @param last the last address that the request allowed
     * @param began the search went down from below here; absent if from the limit
     * @param overlooked the longest hole that fits, in which it did not look; absent if none fits
     * @param lowest the lowest hole of the window, if only its first page is missing: Linux 3.14 never gives that one out
     * @param knownSize {@code max32_alloc_size}, if it did not search because a request of this size failed before
     */
    public record Search(
            DmaAddr last,
            Optional<DmaAddr> began,
            Optional<AddrRange<DmaAddr>> overlooked,
            Optional<AddrRange<DmaAddr>> lowest,
            OptionalLong knownSize) {}

    /** Which limit was hit. */
    public enum Cause {
        /** Longer than anything this allocator can give. */
        TOO_LONG,
        /** Less is free than was asked for. */
        FULL,
        /** Enough is free, in pieces that are too short. */
        FRAGMENTED,
        /** A long enough piece is free, at no aligned place. */
        ALIGNMENT,
        /** A piece that would do is free, where was not searched. */
        NOT_SEARCHED,
        /** The piece that would do begins at the window's first page, which Linux 3.14 never gives out. */
        FIRST_PAGE
    }

    /** The reason of a policy that no kernel has: {@code domain}, as it is now, has no place for {@code bytes}. */
    public static NoIovaSpace of(IovaDomain domain, long bytes, long alignment) {
        return new NoIovaSpace(
                Optional.empty(),
                bytes,
                alignment,
                domain.window(),
                domain.window().bytes(),
                domain.freeBytes(),
                domain.largestHole(),
                Optional.empty());
    }

    /** The limit that was hit first. */
    public Cause cause() {
        if (search.flatMap(Search::overlooked).isPresent()) {
            return Cause.NOT_SEARCHED;
        }
        if (search.flatMap(Search::lowest).isPresent()) {
            return Cause.FIRST_PAGE;
        }
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

    /** The kernel prints nothing here; ARM's allocator returns all ones as the handle, the generic one no range. */
    @Override
    public String message() {
        String call = search.isPresent()
                ? "alloc_iova: NULL"
                : era.map(each -> each.atLeast(Era.V6_1) ? "DMA_MAPPING_ERROR" : "DMA_ERROR_CODE")
                        .map(handle -> "__alloc_iova: " + handle)
                        .orElse("IOVA policy: " + errno());
        return call + " [bytes=" + bytes + "] [alignment=" + alignment + "] [free=" + freeBytes + "] [largest hole="
                + largestHole + "]";
    }

    @Override
    public String explain() {
        String limit = search.map(each -> " up to " + each.last()).orElse("");
        String asked = Bytes.text(bytes) + " at a multiple of " + Bytes.text(alignment) + " was asked for in " + window
                + limit + "; " + Bytes.text(freeBytes) + " is free, the largest hole is " + Bytes.text(largestHole)
                + ": ";
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
                        era.isEmpty()
                                ? "a hole would do, but the policy did not choose it"
                                : "a hole of " + pages(largestHole) + " pages exists for the " + pages(bytes)
                                        + " that are needed, but not at an aligned place; "
                                        + (search.isPresent()
                                                ? "sizes that are powers of two leave fewer such holes"
                                                : "a lower alignment cap (CONFIG_ARM_DMA_IOMMU_ALIGNMENT, Linux 3.8 and later)"
                                                        + " lets more places count");
                    case NOT_SEARCHED -> notSearched();
                    case FIRST_PAGE -> {
                        AddrRange<DmaAddr> hole = search.flatMap(Search::lowest).orElseThrow();
                        yield "the hole " + hole + " of " + Bytes.text(hole.bytes()) + " would do, but "
                                + era.orElseThrow()
                                + " never gives out the first page of a window, " + hole.start()
                                + "; make the window a page longer at its start";
                    }
                };
    }

    private String notSearched() {
        Search how = search.orElseThrow();
        AddrRange<DmaAddr> hole = how.overlooked().orElseThrow();
        String fits = "the hole " + hole + " of " + Bytes.text(hole.bytes()) + " would do, but ";
        if (how.knownSize().isPresent()) {
            return fits + "a request of "
                    + Bytes.text(how.knownSize().getAsLong())
                    + " failed before and nothing below 4 GiB was freed since, so none as long is searched for"
                    + " (max32_alloc_size); a failing request with a low limit does this to all others";
        }
        String began = how.began().map(DmaAddr::toString).orElse("the limit");
        return fits + "the search went down from " + began
                + ", the range placed last (the cached node), and did not look above; Linux 5.11 and later try again"
                + " from the top and would find it";
    }

    private static long pages(long bytes) {
        return bytes >>> PageSize.PAGE_SHIFT;
    }
}
