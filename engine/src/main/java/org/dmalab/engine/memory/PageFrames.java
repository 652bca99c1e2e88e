package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * Who uses each movable page frame and who keeps it where it is: what {@code struct page}'s mapping and reference count
 * tell about pages on the LRU lists, and the migration of one page ({@code mm/migrate.c}).
 *
 * <p>Page frames are named by their pfn. A frame without an owner here cannot be moved.
 */
public final class PageFrames {
    /**
     * Somebody who keeps a page frame in place.
     *
     * @param kind PINNED, WRITEBACK or TRANSIENT
     * @param who {@code gpu: get_user_pages}
     * @param attempts how many attempts to move the page it still fails, 0 for PINNED: until it is unpinned
     */
    public record Hold(Hindrance kind, String who, int attempts) {}

    private final PageAllocator allocator;
    private final PageCopy copy;
    private final TraceSink trace;
    private final long startPfn;
    private final long endPfn;
    private final PageValues<MovableOwner> ownerOf;
    private final PageValues<List<Hold>> holdsOf;
    private final RestoredPages restored;
    private long ownedPages;

    /**
     * The frames of {@code allocator}'s zones, none of them owned.
     *
     * @param copy how content is moved; how the machine does it is decided by whoever assembles it
     */
    public PageFrames(PageAllocator allocator, PageCopy copy, TraceSink trace) {
        this.allocator = allocator;
        this.copy = copy;
        this.trace = trace;
        long start = Long.MAX_VALUE;
        long end = 0;
        for (PageAllocator.Zone zone : allocator.zones()) {
            start = Math.min(start, zone.buddy().startPfn());
            end = Math.max(end, zone.buddy().startPfn() + zone.buddy().pages());
        }
        startPfn = start;
        endPfn = end;
        ownerOf = new PageValues<>(start, end);
        holdsOf = new PageValues<>(start, end);
        restored = new RestoredPages(this);
    }

    /** Where the pages come from. */
    public PageAllocator allocator() {
        return allocator;
    }

    /** How many frames have an owner. */
    public long ownedPages() {
        return ownedPages;
    }

    /** The first frame. */
    public long startPfn() {
        return startPfn;
    }

    /** One past the last frame. */
    public long endPfn() {
        return endPfn;
    }

    /** Whether {@code pfn} lies between the first frame and the last. */
    public boolean covers(long pfn) {
        return pfn >= startPfn && pfn < endPfn;
    }

    /**
     * {@code owner} uses the frame and can do with another in its place.
     *
     * @throws IllegalArgumentException if the frame is not in use, or has an owner
     */
    public void own(long pfn, MovableOwner owner) {
        if (!allocator.zoneOf(PhysAddr.ofPfn(pfn)).buddy().isInUse(pfn)) {
            throw new IllegalArgumentException("page is not in use: pfn " + Addresses.hex(pfn));
        }
        if (isOwned(pfn)) {
            throw new IllegalArgumentException("page belongs to " + ownerName(pfn) + ": pfn " + Addresses.hex(pfn));
        }
        ownerOf.set(pfn, owner);
        ownedPages++;
    }

    /**
     * The frame's owner gives it up; it stays in use until it is freed.
     *
     * @throws IllegalArgumentException if it has no owner, or is held
     */
    public void disown(long pfn) {
        checkOwned(pfn);
        if (isHeld(pfn)) {
            throw new IllegalArgumentException("page is held [pfn=" + Addresses.hex(pfn) + "] " + holds(pfn));
        }
        ownerOf.set(pfn, null);
        ownedPages--;
    }

    /** Who uses the frame as a movable page. */
    public Optional<MovableOwner> owner(long pfn) {
        checkInside(pfn);
        return Optional.ofNullable(ownerOf.get(pfn));
    }

    /** Whether {@code owner} has the frame, and it was not freed under it. */
    public boolean isInUseOf(long pfn, MovableOwner owner) {
        checkInside(pfn);
        return ownerOf.get(pfn) == owner
                && allocator.zoneOf(PhysAddr.ofPfn(pfn)).buddy().isInUse(pfn);
    }

    boolean isOwned(long pfn) {
        return ownerOf.get(pfn) != null;
    }

    /** The owner's name, {@code kernel} for a page without one. */
    String ownerName(long pfn) {
        MovableOwner owner = ownerOf.get(pfn);
        return owner == null ? "kernel" : owner.name();
    }

    /** {@code who} takes a reference that keeps the page in place until {@link #unpin}. */
    public void pin(long pfn, String who) {
        hold(pfn, new Hold(Hindrance.PINNED, Objects.requireNonNull(who, "who"), 0));
    }

    /**
     * {@code who} gives one reference back.
     *
     * @throws IllegalArgumentException if {@code who} has not pinned the page
     */
    public void unpin(long pfn, String who) {
        checkOwned(pfn);
        List<Hold> holds = holds(pfn);
        int index = holds.indexOf(new Hold(Hindrance.PINNED, who, 0));
        if (index < 0) {
            throw new IllegalArgumentException(
                    "page is not pinned by " + who + " [pfn=" + Addresses.hex(pfn) + "] " + holds);
        }
        List<Hold> left = new ArrayList<>(holds);
        left.remove(index);
        setHolds(pfn, left);
        MovableOwner owner = ownerOf.get(pfn);
        if (!isPinned(pfn) && owner != null) {
            owner.released(pfn);
        }
    }

    /**
     * {@code who} gives all references to the pages from {@code firstPfn} to {@code lastPfn} back; pages that it has not
     * pinned, and its pins elsewhere, stay as they are.
     *
     * @return how many pages it had pinned there
     * @throws IllegalArgumentException if it is none
     */
    public int unpin(String who, long firstPfn, long lastPfn) {
        Objects.requireNonNull(who, "who");
        checkInside(firstPfn);
        checkInside(lastPfn);
        Hold pin = new Hold(Hindrance.PINNED, who, 0);
        Set<String> others = new TreeSet<>();
        int unpinned = 0;
        for (long pfn = firstPfn; pfn <= lastPfn; pfn++) {
            boolean was = false;
            for (Hold hold : holds(pfn)) {
                if (hold.equals(pin)) {
                    unpin(pfn, who);
                    was = true;
                } else if (hold.kind() == Hindrance.PINNED) {
                    others.add(hold.who());
                }
            }
            unpinned += was ? 1 : 0;
        }
        if (unpinned == 0) {
            throw new IllegalArgumentException("no page is pinned by " + who + " at pfn " + Addresses.hex(firstPfn)
                    + ".." + Addresses.hex(lastPfn) + ", "
                    + (others.isEmpty()
                            ? "no page there is pinned"
                            : "pages there are pinned by " + String.join(", ", others)));
        }
        return unpinned;
    }

    /** The page's content is being written out; the next {@code attempts} to move it fail. */
    public void writeback(long pfn, int attempts) {
        hold(pfn, new Hold(Hindrance.WRITEBACK, "writeback", checkAttempts(attempts)));
    }

    /** {@code who} holds a reference for a moment; the next {@code attempts} to move the page fail. */
    public void holdBriefly(long pfn, String who, int attempts) {
        hold(pfn, new Hold(Hindrance.TRANSIENT, Objects.requireNonNull(who, "who"), checkAttempts(attempts)));
    }

    /** Who keeps the page in place, in the order in which they came. */
    public List<Hold> holds(long pfn) {
        checkInside(pfn);
        List<Hold> holds = holdsOf.get(pfn);
        return holds == null ? List.of() : holds;
    }

    boolean isHeld(long pfn) {
        return holdsOf.get(pfn) != null;
    }

    /** Ends what keeps the page in place for a moment only; pins stay. */
    public void dropPassingHolds(long pfn) {
        checkOwned(pfn);
        setHolds(
                pfn,
                holds(pfn).stream()
                        .filter(hold -> hold.kind() == Hindrance.PINNED)
                        .toList());
    }

    /** Whether somebody pins the page. */
    public boolean isPinned(long pfn) {
        checkInside(pfn);
        return isHeld(pfn) && holds(pfn).stream().anyMatch(hold -> hold.kind() == Hindrance.PINNED);
    }

    private void hold(long pfn, Hold hold) {
        checkOwned(pfn);
        List<Hold> holds = new ArrayList<>(holds(pfn));
        holds.add(hold);
        setHolds(pfn, holds);
    }

    private void setHolds(long pfn, List<Hold> holds) {
        holdsOf.set(pfn, holds.isEmpty() ? null : List.copyOf(holds));
    }

    /** What an attempt to move a page came to. */
    enum Migration {
        MOVED,
        HELD,
        NO_TARGET
    }

    /**
     * {@code migrate_pages} for one page: its content goes to a page allocated as HIGHUSER_MOVABLE, its owner is told, its
     * frame is freed. A held page stays, and every passing hold is one attempt nearer its end.
     */
    Migration migrate(long pfn) {
        MovableOwner owner = ownerOf.get(pfn);
        if (owner == null) {
            throw new AssertionError("page has no owner: pfn " + Addresses.hex(pfn));
        }
        if (isHeld(pfn)) {
            passAttempt(pfn);
            trace.pageMigrationFailed(pfn, Errno.EAGAIN.number());
            return Migration.HELD;
        }
        long to = allocator.alloc(0, Gfp.HIGHUSER_MOVABLE).<Long>fold(PhysAddr::pfn, failure -> -1L);
        if (to < 0) {
            trace.pageMigrationFailed(pfn, Errno.ENOMEM.number());
            return Migration.NO_TARGET;
        }
        owner.moving(pfn);
        copy.copy(PhysAddr.ofPfn(pfn), PhysAddr.ofPfn(to));
        ownerOf.set(pfn, null);
        ownerOf.set(to, owner);
        owner.moved(pfn, to);
        trace.pageMigrated(pfn, to);
        allocator.free(PhysAddr.ofPfn(pfn), 0);
        return Migration.MOVED;
    }

    private void passAttempt(long pfn) {
        List<Hold> left = new ArrayList<>();
        for (Hold hold : holds(pfn)) {
            if (hold.kind() == Hindrance.PINNED) {
                left.add(hold);
            } else if (hold.attempts() > 1) {
                left.add(new Hold(hold.kind(), hold.who(), hold.attempts() - 1));
            }
        }
        setHolds(pfn, left);
    }

    private static int checkAttempts(int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts must be at least 1: " + attempts);
        }
        return attempts;
    }

    private void checkOwned(long pfn) {
        checkInside(pfn);
        if (!isOwned(pfn)) {
            throw new IllegalArgumentException("page has no owner: pfn " + Addresses.hex(pfn));
        }
    }

    private void checkInside(long pfn) {
        if (!covers(pfn)) {
            throw new IllegalArgumentException("pfn must be in " + Addresses.hex(startPfn) + ".."
                    + Addresses.hex(endPfn - 1) + ": " + Addresses.hex(pfn));
        }
    }

    /**
     * {@link PageAllocator#restore(FragmentationSnapshot)}, after which the pages that came into use in {@code areas} can be
     * moved, as all that lives there can. Pages that somebody holds stay in use.
     */
    public void restore(FragmentationSnapshot snapshot, List<CmaArea> areas) {
        allocator.restore(snapshot, new RestoredPages.Use(this, areas));
        restored.own(areas);
    }

    /** The same with migrate types. */
    public void restore(PageTypeInfo types, List<CmaArea> areas) {
        allocator.restore(types, new RestoredPages.Use(this, areas));
        restored.own(areas);
    }

    /** A frame that is no longer in use has no owner. */
    void forget(long pfn) {
        ownerOf.set(pfn, null);
        ownedPages--;
    }

    @Nullable
    MovableOwner ownerOrNull(long pfn) {
        return ownerOf.get(pfn);
    }

    /** What each page of {@code zone} holds; {@code areas} tell which pages are contiguous allocations. */
    public PageMap map(PageAllocator.Zone zone, List<CmaArea> areas, String moment, String source) {
        BuddyAllocator buddy = zone.buddy();
        return PageMapper.map(
                "zone " + zone.kind().text(), buddy.startPfn(), buddy.pages(), buddy, this, areas, moment, source);
    }

    /**
     * Compares owners and holds with the zones.
     *
     * @throws AssertionError if an owned page is not in use, a held page has no owner, or a count is wrong
     */
    public void checkInvariants() {
        long owned = 0;
        for (long pfn = startPfn; pfn < endPfn; pfn++) {
            if (isOwned(pfn)) {
                owned++;
                if (!allocator.zoneOf(PhysAddr.ofPfn(pfn)).buddy().isInUse(pfn)) {
                    throw new AssertionError("page of " + ownerName(pfn) + " is not in use: " + Addresses.hex(pfn));
                }
            } else if (isHeld(pfn)) {
                throw new AssertionError("page is held and has no owner: " + Addresses.hex(pfn));
            }
        }
        if (owned != ownedPages) {
            throw new AssertionError("owned pages disagree [found=" + owned + "] [counted=" + ownedPages + "]");
        }
    }

    /** {@code 4096 owned pages in pfn 0x00010000-0x0004ffff}. */
    @Override
    public String toString() {
        return ownedPages + (ownedPages == 1 ? " owned page in pfn " : " owned pages in pfn ") + Addresses.hex(startPfn)
                + "-" + Addresses.hex(endPfn - 1);
    }
}
