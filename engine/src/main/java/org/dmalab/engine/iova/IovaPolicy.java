package org.dmalab.engine.iova;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/**
 * A way to hand out DMA addresses, by its name: what experiments compare. Linux's ask as the DMA API does, aligned to the
 * size of the buffer.
 *
 * @param name a few words, {@code best fit}; printed in every picture
 * @param maker makes the allocator of a window in which nothing is handed out
 */
public record IovaPolicy(String name, Maker maker) {
    /** Makes an allocator. */
    @FunctionalInterface
    public interface Maker {
        /** An allocator that hands out addresses of {@code window}, all of which are free. */
        IovaDomain open(AddrRange<DmaAddr> window);
    }

    /** ARM's bitmap in Linux 3.14: the lowest aligned place. */
    public static final IovaPolicy FIRST_FIT = new IovaPolicy(
            "first fit, ARM 3.14",
            window -> BitmapIovaDomain.create(Era.V3_14, window.start(), window.bytes(), TraceSink.NONE)
                    .fold(domain -> domain, reason -> {
                        throw new IllegalArgumentException(reason.message() + ": " + reason.explain());
                    }));

    /** The generic allocator of Linux 3.14: down from the range placed last, in windows that end at 4 GiB. */
    public static final IovaPolicy CACHED_NODE = generic("cached node, 3.14", IovaWalk.V3_14);

    /** The generic allocator of Linux 5.10: down from the range placed last, and no further. */
    public static final IovaPolicy NO_RETRY = generic("no retry, 5.10", IovaWalk.V5_10);

    /** The generic allocator of Linux 6.1: down from the range placed last, then from the top. */
    public static final IovaPolicy RETRY = generic("with retry, 6.1", IovaWalk.V6_1);

    /** The magazines of Linux 6.1, of one CPU, in front of the generic allocator. */
    public static final IovaPolicy RCACHE =
            new IovaPolicy("magazines, 6.1", window -> new IovaRcache(Era.V6_1, tree(IovaWalk.V6_1, window), 1));

    /** The shortest hole that is long enough; no kernel's. */
    public static final IovaPolicy BEST_FIT = new IovaPolicy("best fit", BestFitIovaDomain::new);

    /** Blocks that are halved and merged, in windows of a power of two; no kernel's. */
    public static final IovaPolicy BUDDY = new IovaPolicy("buddy", BuddyIovaDomain::new);

    private static RbTreeIovaDomain tree(IovaWalk walk, AddrRange<DmaAddr> window) {
        return new RbTreeIovaDomain(walk, window, PageSize.SMALL_4K, TraceSink.NONE);
    }

    private static IovaPolicy generic(String name, IovaWalk walk) {
        return new IovaPolicy(name, window -> tree(walk, window));
    }

    /** A policy that chooses among the holes. */
    public static IovaPolicy of(String name, HolePolicy choice) {
        return new IovaPolicy(name, window -> new HoleIovaDomain(window, choice));
    }

    /** The generic allocator as asked by drivers that need no alignment ({@code size_aligned} false). */
    public static IovaPolicy unaligned(IovaWalk walk) {
        return new IovaPolicy("unaligned, " + walk.version(), window -> new UnalignedIova(tree(walk, window)));
    }

    /** All that ship: Linux's by age, then those that are no kernel's. */
    public static List<IovaPolicy> shipped() {
        return List.of(FIRST_FIT, CACHED_NODE, NO_RETRY, RETRY, RCACHE, BEST_FIT, BUDDY);
    }

    /** An allocator of {@code window} in which nothing is handed out. */
    public IovaDomain open(AddrRange<DmaAddr> window) {
        return maker.open(window);
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
