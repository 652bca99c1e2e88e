package org.dmalab.engine.cpu;

import java.util.stream.LongStream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.Hindrance;
import org.dmalab.engine.memory.MovableOwner;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.memory.PageInts;

/**
 * The pages that belong to one process: movable while nobody pins them, freed when they are unmapped, or, if somebody holds
 * them then, when they are let go.
 */
final class AnonymousPages implements MovableOwner, Taken {
    /** The page is unmapped and still pinned. */
    private static final int LEFT_BEHIND = -2;

    private final String name;
    private final ProcessMemory memory;
    private final Moves moves;
    /** Where the process sees each of its pages, in pages from address 0 ({@code page->index}), or {@link #LEFT_BEHIND}. */
    private final PageInts placeOf;

    private int mapped;
    private int leftBehind;

    /** The page tables of the process, which follow a page that moves. */
    interface Moves {
        /** {@code try_to_unmap}: the page at {@code address} is about to move. */
        void moving(VirtAddr address);

        /** {@code remove_migration_ptes}: the page at {@code address} is in frame {@code toPfn} from now on. */
        void moved(VirtAddr address, long toPfn);
    }

    AnonymousPages(String name, ProcessMemory memory, Moves moves) {
        this.name = name;
        this.memory = memory;
        this.moves = moves;
        this.placeOf = new PageInts(memory.frames().startPfn(), memory.frames().endPfn());
    }

    @Override
    public String name() {
        return name;
    }

    /** {@code count} cleared pages that are the process's, not mapped yet; ENOMEM gives everything back. */
    Outcome<PageArray> alloc(int count) {
        long[] pfns = new long[count];
        for (int got = 0; got < count; got++) {
            Outcome<PhysAddr> page = frames().allocator().alloc(0, Gfp.HIGHUSER_MOVABLE);
            if (!(page instanceof Outcome.Done<PhysAddr> done)) {
                for (int i = 0; i < got; i++) {
                    free(pfns[i]);
                }
                return page.asFailed();
            }
            pfns[got] = done.value().pfn();
            frames().own(pfns[got], this);
            memory.clear().accept(done.value());
        }
        return Outcome.done(PageArray.of(pfns));
    }

    /**
     * Makes {@code pages}, which somebody allocated and nobody owns, the process's.
     *
     * @throws IllegalArgumentException if one is free, somebody's, or known to be used; then none is the process's
     */
    void adopt(PageArray pages) {
        for (int i = 0; i < pages.count(); i++) {
            PhysAddr page = pages.page(i);
            memory.user().apply(page).ifPresent(user -> {
                throw new IllegalArgumentException(
                        "pages must be nobody's to become those of " + name + ": " + page + " is used by " + user);
            });
        }
        int done = 0;
        try {
            for (; done < pages.count(); done++) {
                frames().own(pages.page(done).pfn(), this);
            }
        } finally {
            if (done < pages.count()) {
                disown(pages, done);
            }
        }
    }

    /** Undoes {@link #adopt}. */
    void disown(PageArray pages, int count) {
        for (int i = 0; i < count; i++) {
            frames().disown(pages.page(i).pfn());
        }
    }

    /** Undoes {@link #alloc}. */
    void free(PageArray pages) {
        for (int i = 0; i < pages.count(); i++) {
            free(pages.page(i).pfn());
        }
    }

    /** The process sees {@code pages} from {@code start} on. */
    void mapped(PageArray pages, VirtAddr start) {
        for (int i = 0; i < pages.count(); i++) {
            placeOf.set(pages.page(i).pfn(), place(start) + i);
        }
        mapped += pages.count();
    }

    @Override
    public void requireTakeable(UserArea area, VirtAddr first, long pages) {
        for (long i = 0; i < pages; i++) {
            VirtAddr address = first.plus(i << PageSize.PAGE_SHIFT);
            long pfn = area.pfn(address);
            if (has(pfn, address) && !frames().isInUseOf(pfn, this)) {
                throw new IllegalArgumentException("page of " + name + " was freed by somebody else: "
                        + PhysAddr.ofPfn(pfn) + " at " + address + "; unmap it instead, which frees it");
            }
        }
    }

    /** {@code pages} pages of {@code area} from {@code first} on are no longer mapped: those that are its own there go. */
    @Override
    public void taken(UserArea area, VirtAddr first, long pages) {
        for (long i = 0; i < pages; i++) {
            VirtAddr address = first.plus(i << PageSize.PAGE_SHIFT);
            long pfn = area.pfn(address);
            if (has(pfn, address)) {
                mapped--;
                unmapped(pfn);
            }
        }
    }

    /** A page that the process no longer sees is freed, or waits for those who pin it. */
    private void unmapped(long pfn) {
        if (frames().isPinned(pfn)) {
            placeOf.set(pfn, LEFT_BEHIND);
            leftBehind++;
        } else {
            placeOf.set(pfn, PageInts.NONE);
            free(pfn);
        }
    }

    /** Whether the page {@code pfn} is the process's own at {@code address}. */
    private boolean has(long pfn, VirtAddr address) {
        return frames().covers(pfn) && placeOf.get(pfn) == place(address);
    }

    private static int place(VirtAddr address) {
        return (int) (address.value() >>> PageSize.PAGE_SHIFT);
    }

    private static VirtAddr address(int place) {
        return new VirtAddr((long) place << PageSize.PAGE_SHIFT);
    }

    /** {@code get_user_pages}: {@code who} holds those that {@code vmas} shows in {@code range}; EFAULT if one is not there. */
    Outcome<PageArray> pin(VmaList vmas, AddrRange<VirtAddr> range, String who) {
        long offset = range.start().value() & (PageSize.PAGE_BYTES - 1);
        VirtAddr first = range.start().plus(-offset);
        long bytes = offset + Math.min(VmaList.MMAP_AREA.bytes(), range.bytes());
        // An address without a page is found before the end of a range that is longer than all mappings can be.
        int count = Math.toIntExact(PageSize.pages(bytes));
        LongStream.Builder pfns = LongStream.builder();
        for (int i = 0; i < count; i++) {
            VirtAddr address = first.plus((long) i << PageSize.PAGE_SHIFT);
            UserArea area = vmas.find(address);
            if (area == null || !has(area.pfn(address), address)) {
                return Outcome.failed(new CpuFault(
                        address,
                        false,
                        area == null
                                ? "get_user_pages() finds nothing mapped there"
                                : "get_user_pages() finds no page of the process's own there, but [" + area + "]",
                        "pin memory of mapAnonymous; share a device's buffer with getSgtable instead"));
            }
            pfns.add(area.pfn(address));
        }
        PageArray pages = PageArray.of(pfns.build().toArray());
        for (int i = 0; i < count; i++) {
            frames().pin(pages.page(i).pfn(), who);
        }
        return Outcome.done(pages);
    }

    /** {@code put_page}: ends {@link #pin}. */
    void unpin(PageArray pages, String who) {
        PageFrames.Hold held = new PageFrames.Hold(Hindrance.PINNED, who, 0);
        for (int i = 0; i < pages.count(); i++) {
            if (!frames().holds(pages.page(i).pfn()).contains(held)) {
                throw new IllegalArgumentException("page is not pinned by " + who + ": " + pages.page(i));
            }
        }
        for (int i = 0; i < pages.count(); i++) {
            frames().unpin(pages.page(i).pfn(), who);
        }
    }

    /** How many pages it has, those included that are unmapped and still pinned. */
    int count() {
        return mapped + leftBehind;
    }

    /** What was to pass soon, as writing the page out, has no content left to do it for. */
    private void free(long pfn) {
        frames().dropPassingHolds(pfn);
        frames().disown(pfn);
        frames().allocator().free(PhysAddr.ofPfn(pfn), 0);
    }

    @Override
    public void moving(long pfn) {
        moves.moving(address(mappedPlace(pfn)));
    }

    @Override
    public void moved(long fromPfn, long toPfn) {
        int place = mappedPlace(fromPfn);
        placeOf.set(fromPfn, PageInts.NONE);
        placeOf.set(toPfn, place);
        moves.moved(address(place), toPfn);
    }

    /** Where the page {@code pfn}, which moves and so is mapped, is seen. */
    private int mappedPlace(long pfn) {
        int place = placeOf.get(pfn);
        if (place < 0) {
            throw new IllegalArgumentException(name + " has no mapped page at pfn " + Addresses.hex(pfn));
        }
        return place;
    }

    @Override
    public void released(long pfn) {
        if (placeOf.get(pfn) == LEFT_BEHIND) {
            placeOf.set(pfn, PageInts.NONE);
            leftBehind--;
            free(pfn);
        }
    }

    private PageFrames frames() {
        return memory.frames();
    }
}
