package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

/**
 * The pages that belong to one process: movable while nobody pins them, freed when they are unmapped, or, if somebody holds
 * them then, when they are let go.
 */
final class AnonymousPages implements MovableOwner {
    private final String name;
    private final ProcessMemory memory;
    private final Moves moves;
    /** Where the process sees each of its pages, by pfn. */
    private final Map<Long, VirtAddr> addressOf = new HashMap<>();
    /** Pages that are unmapped and still held. */
    private final Set<Long> leftBehind = new LinkedHashSet<>();

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
     * @throws IllegalArgumentException if one is free, or somebody's; then none is the process's
     */
    void adopt(PageArray pages) {
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
            addressOf.put(pages.page(i).pfn(), start.plus((long) i << PageSize.PAGE_SHIFT));
        }
    }

    /** {@code pages} pages of {@code area} from {@code first} on are no longer mapped: those that are its own there go. */
    void unmapped(Vma area, VirtAddr first, long pages) {
        for (long i = 0; i < pages; i++) {
            VirtAddr address = first.plus(i << PageSize.PAGE_SHIFT);
            unmapped(area.phys(address).pfn(), address);
        }
    }

    /** The process no longer sees the page {@code pfn} at {@code address}: if it is its own there, it goes. */
    private void unmapped(long pfn, VirtAddr address) {
        if (!addressOf.remove(pfn, address)) {
            return;
        }
        if (frames().holds(pfn).isEmpty()) {
            free(pfn);
        } else {
            leftBehind.add(pfn);
        }
    }

    /** Whether the page {@code pfn} is the process's own at {@code address}. */
    private boolean has(long pfn, VirtAddr address) {
        return address.equals(addressOf.get(pfn));
    }

    /** {@code get_user_pages}: {@code who} holds those that {@code vmas} shows in {@code range}; EFAULT if one is not there. */
    Outcome<PageArray> pin(VmaList vmas, AddrRange<VirtAddr> range, String who) {
        long offset = range.start().value() & (PageSize.PAGE_BYTES - 1);
        VirtAddr first = range.start().plus(-offset);
        // Long before this many pages an address without one is found.
        int count = Math.toIntExact(PageSize.pages(Math.min(VmaList.MMAP_AREA.bytes(), offset + range.bytes())));
        List<Long> pfns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            VirtAddr address = first.plus((long) i << PageSize.PAGE_SHIFT);
            Vma area = vmas.find(address);
            if (area == null || !has(area.phys(address).pfn(), address)) {
                return Outcome.failed(new CpuFault(
                        address,
                        false,
                        area == null
                                ? "get_user_pages() finds nothing mapped there"
                                : "get_user_pages() finds no page of the process's own there, but [" + area + "]",
                        "pin memory of mapAnonymous; share a device's buffer with getSgtable instead"));
            }
            pfns.add(area.phys(address).pfn());
        }
        PageArray pages = PageArray.of(pfns.stream().mapToLong(Long::longValue).toArray());
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

    /** How many pages it has, those included that are unmapped and still held. */
    int count() {
        return addressOf.size() + leftBehind.size();
    }

    private void free(long pfn) {
        frames().disown(pfn);
        frames().allocator().free(PhysAddr.ofPfn(pfn), 0);
    }

    @Override
    public void moving(long pfn) {
        VirtAddr address = addressOf.get(pfn);
        if (address != null) {
            moves.moving(address);
        }
    }

    @Override
    public void moved(long fromPfn, long toPfn) {
        VirtAddr address = addressOf.remove(fromPfn);
        if (address != null) {
            addressOf.put(toPfn, address);
            moves.moved(address, toPfn);
        } else if (leftBehind.remove(fromPfn)) {
            free(toPfn);
        } else {
            throw new IllegalArgumentException(name + " has no page at pfn " + Addresses.hex(fromPfn));
        }
    }

    @Override
    public void released(long pfn) {
        if (leftBehind.remove(pfn)) {
            free(pfn);
        }
    }

    private PageFrames frames() {
        return memory.frames();
    }
}
