package org.dmalab.engine.memory;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PhysAddr;

/**
 * A user of single movable pages, all of HIGHUSER_MOVABLE, so that some may lie in contiguous memory areas: a page cache,
 * the memory of processes. What it does at random is a function of the seed given.
 */
public final class MovablePages implements MovableOwner {
    private final String name;
    private final PageFrames frames;
    private long[] pfns = new long[64];
    /** Where in {@link #pfns} a page frame is. */
    private final PageInts slotOf;

    private int pages;

    /** One who has no page yet. */
    public MovablePages(String name, PageFrames frames) {
        this.name = name;
        this.frames = frames;
        slotOf = new PageInts(frames.startPfn(), frames.endPfn());
    }

    @Override
    public String name() {
        return name;
    }

    /** How many pages it has. */
    public int pages() {
        return pages;
    }

    /** The page frames it has now, in no particular order. */
    public LongStream pfns() {
        return Arrays.stream(pfns, 0, pages);
    }

    /** Whether the page frame is its own. */
    public boolean has(long pfn) {
        return frames.owner(pfn).filter(owner -> owner == this).isPresent();
    }

    /**
     * Takes {@code count} more pages, or as many as there are.
     *
     * @return how many it got
     */
    public int alloc(int count) {
        checkCount(count);
        for (int got = 0; got < count; got++) {
            if (!allocOne()) {
                return got;
            }
        }
        return count;
    }

    private boolean allocOne() {
        long pfn = frames.allocator().alloc(0, Gfp.HIGHUSER_MOVABLE).<Long>fold(PhysAddr::pfn, failure -> -1L);
        if (pfn < 0) {
            return false;
        }
        if (pages == pfns.length) {
            pfns = Arrays.copyOf(pfns, 2 * pages);
        }
        frames.own(pfn, this);
        slotOf.set(pfn, pages);
        pfns[pages++] = pfn;
        return true;
    }

    /**
     * Frees pages picked at random from those that nobody holds.
     *
     * @return how many were freed: fewer than {@code count} if fewer are left, or if it picks held ones too often
     */
    public int free(int count, long seed) {
        checkCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        int freed = 0;
        for (long tries = 2L * count; tries > 0 && freed < count && pages > 0; tries--) {
            freed += freeUnlessHeld(random.nextInt(pages));
        }
        return freed;
    }

    private int freeUnlessHeld(int slot) {
        long pfn = pfns[slot];
        if (frames.isHeld(pfn)) {
            return 0;
        }
        frames.disown(pfn);
        slotOf.set(pfn, PageInts.NONE);
        pages--;
        if (slot < pages) {
            pfns[slot] = pfns[pages];
            slotOf.set(pfns[slot], slot);
        }
        frames.allocator().free(PhysAddr.ofPfn(pfn), 0);
        return 1;
    }

    /** Takes or frees one page at random, {@code operations} times: the lists of a machine that has run for a while. */
    public void churn(int operations, long seed) {
        checkCount(operations);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < operations; i++) {
            boolean took = (pages == 0 || random.nextBoolean()) && allocOne();
            if (!took && pages > 0) {
                int unused = freeUnlessHeld(random.nextInt(pages));
            }
        }
    }

    /**
     * {@code who} pins {@code count} pages picked at random, each at most once: a device's
     * {@code get_user_pages}.
     *
     * @return how many: fewer if it has fewer pages
     */
    public int pin(int count, String who, long seed) {
        Objects.requireNonNull(who, "who");
        checkCount(count);
        int picked = shuffle(count, seed);
        for (int slot = 0; slot < picked; slot++) {
            frames.pin(pfns[slot], who);
        }
        return picked;
    }

    /**
     * {@code who} pins a part of the pages.
     *
     * @param fraction 0 to 1
     * @return how many pages that is
     */
    public int pinFraction(double fraction, String who, long seed) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("fraction must be 0..1: " + fraction);
        }
        return pin((int) Math.round(fraction * pages), who, seed);
    }

    /**
     * {@code who} gives all references to these pages back.
     *
     * @return how many pages it had pinned
     */
    public int unpin(String who) {
        Objects.requireNonNull(who, "who");
        int unpinned = 0;
        for (int slot = 0; slot < pages; slot++) {
            boolean was = false;
            for (PageFrames.Hold hold : frames.holds(pfns[slot])) {
                if (hold.kind() == Hindrance.PINNED && hold.who().equals(who)) {
                    frames.unpin(pfns[slot], who);
                    was = true;
                }
            }
            unpinned += was ? 1 : 0;
        }
        return unpinned;
    }

    /** {@code count} pages picked at random are written out: the next {@code attempts} to move each of them fail. */
    public int writeback(int count, int attempts, long seed) {
        checkCount(count);
        checkAttempts("attempts", attempts);
        int picked = shuffle(count, seed);
        for (int slot = 0; slot < picked; slot++) {
            frames.writeback(pfns[slot], attempts);
        }
        return picked;
    }

    /** {@code who} refers to {@code count} pages picked at random for 1 to {@code mostAttempts} attempts to move them. */
    public int holdBriefly(int count, String who, int mostAttempts, long seed) {
        Objects.requireNonNull(who, "who");
        checkCount(count);
        checkAttempts("mostAttempts", mostAttempts);
        int picked = shuffle(count, seed);
        SplittableRandom random = new SplittableRandom(~seed);
        for (int slot = 0; slot < picked; slot++) {
            frames.holdBriefly(pfns[slot], who, 1 + random.nextInt(mostAttempts));
        }
        return picked;
    }

    /** Brings {@code count} pages picked at random to the front of {@link #pfns}. */
    private int shuffle(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int picked = Math.min(count, pages);
        for (int slot = 0; slot < picked; slot++) {
            int other = slot + random.nextInt(pages - slot);
            long pfn = pfns[other];
            place(pfns[slot], other);
            place(pfn, slot);
        }
        return picked;
    }

    private void place(long pfn, int slot) {
        pfns[slot] = pfn;
        slotOf.set(pfn, slot);
    }

    @Override
    public void moved(long fromPfn, long toPfn) {
        int slot = slotOf.get(fromPfn);
        if (slot == PageInts.NONE) {
            throw new IllegalArgumentException(name + " has no page at pfn " + Addresses.hex(fromPfn));
        }
        slotOf.set(fromPfn, PageInts.NONE);
        place(toPfn, slot);
    }

    private static void checkCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count must not be negative: " + count);
        }
    }

    private static void checkAttempts(String name, int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException(name + " must be at least 1: " + attempts);
        }
    }

    /** {@code page cache: 4096 movable pages}. */
    @Override
    public String toString() {
        return name + ": " + pages + (pages == 1 ? " movable page" : " movable pages");
    }
}
