package org.dmalab.engine.cpu;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * The virtual addresses of one process; mappings are placed from the top of its mmap area downwards. Pages of its own may
 * be migrated, and the mapping follows them; a device that is to have them must pin them first.
 */
public final class UserAddressSpace implements AddressSpace {
    private final int pid;
    private final String name;
    private final VmaList vmas;
    private final @Nullable ProcessMemory memory;
    private final @Nullable AnonymousPages own;
    /** Its own pages, which learn what is unmapped; nobody if it has none. */
    private final Taken taken;

    private boolean ended;

    /**
     * A process with nothing mapped and no machine behind it: pages are numbers, and belong to nobody.
     *
     * @param pid its number
     * @param name its command, {@code camera}
     */
    public UserAddressSpace(int pid, String name, TraceSink trace) {
        this(pid, name, Optional.empty(), trace);
    }

    /**
     * A process with nothing mapped.
     *
     * @param pid its number
     * @param name its command, {@code camera}
     * @param machine where its memory comes from
     */
    public UserAddressSpace(int pid, String name, Optional<ProcessMemory> machine, TraceSink trace) {
        if (pid < 1) {
            throw new IllegalArgumentException("pid must be positive: " + pid);
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        this.pid = pid;
        this.name = name;
        this.memory = machine.orElse(null);
        this.vmas = new VmaList(who(), memory == null ? AliasFlush.NONE : memory.flush(), trace);
        if (memory == null) {
            this.own = null;
            this.taken = Taken.NONE;
        } else {
            AnonymousPages pagesOfItsOwn = new AnonymousPages(who(), memory, vmas);
            this.own = pagesOfItsOwn;
            this.taken = pagesOfItsOwn;
        }
    }

    private String who() {
        return "process " + pid + " (" + name + ")";
    }

    /** The process's number. */
    public int pid() {
        return pid;
    }

    /** The process's command. */
    public String name() {
        return name;
    }

    /**
     * Shows pages to the process ({@code mmap}).
     *
     * @return where they are, or ENOMEM; then what was mapped at a fixed address is still there
     * @throws IllegalArgumentException if a page is no RAM, or has an owner who may move or free it, as the pages of any
     *     process's own; or if the process has ended. Then nothing is changed
     */
    public Outcome<AddrRange<VirtAddr>> map(MapRequest request) {
        requireRunning();
        requireRam(request);
        requireNobodysOwn(request);
        return place(request, false);
    }

    private Outcome<AddrRange<VirtAddr>> place(MapRequest request, boolean isOwn) {
        Outcome<AddrRange<VirtAddr>> place = vmas.place(request);
        if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
            unmap(found.value());
            vmas.add(request, found.value(), isOwn);
        }
        return place;
    }

    /** Shows {@code count} pages of {@code pages} from {@code firstPage} on, to load and store. */
    public Outcome<AddrRange<VirtAddr>> map(PageArray pages, int firstPage, int count, MemoryType type, String name) {
        return map(MapRequest.of(pages, type, name).part(firstPage, count));
    }

    private void requireRunning() {
        if (ended) {
            throw new IllegalArgumentException(who() + " has ended");
        }
    }

    private void requireRam(MapRequest request) {
        if (memory == null) {
            return;
        }
        for (int i = request.firstPage(); i < request.firstPage() + request.count(); i++) {
            PhysAddr page = request.pages().page(i);
            if (!memory.ram().contains(page, PageSize.PAGE_BYTES)) {
                throw new IllegalArgumentException("pages must be RAM: " + page + "; banks are "
                        + memory.ram().banks());
            }
        }
    }

    /** Only the owner of a page that may move is told where it goes, and when it ends. */
    private void requireNobodysOwn(MapRequest request) {
        if (memory == null) {
            return;
        }
        for (int i = request.firstPage(); i < request.firstPage() + request.count(); i++) {
            PhysAddr page = request.pages().page(i);
            if (memory.frames().covers(page.pfn())) {
                memory.frames().owner(page.pfn()).ifPresent(owner -> {
                    throw new IllegalArgumentException("pages must not be movable pages that have an owner: " + page
                            + " belongs to " + owner.name() + ", who alone maps, moves and frees it");
                });
            }
        }
    }

    /**
     * Memory of the process's own, cached, in {@code pages} that the caller allocated one by one and that are the process's
     * from now on: they may be migrated, and are freed when they are unmapped ({@code MAP_ANONYMOUS}).
     *
     * <p>Pages in a contiguous allocation, or in a mapping of the kernel's as buffers have, are known to be used. A buffer
     * without a kernel mapping, and who else has the number of an allocated page, are not known here: the caller must not hand
     * such pages over.
     *
     * @throws IllegalArgumentException if a page is free, somebody's already, or known to be used; then nothing is changed
     */
    public Outcome<AddrRange<VirtAddr>> mapAnonymous(PageArray pages) {
        MapRequest request = MapRequest.of(pages, MemoryType.WRITE_BACK, "").asPrivate();
        AnonymousPages owner = own;
        if (owner == null) {
            return map(request);
        }
        requireRunning();
        requireRam(request);
        owner.adopt(pages);
        Outcome<AddrRange<VirtAddr>> place = place(request, true);
        if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
            owner.mapped(pages, found.value().start());
        } else {
            owner.disown(pages, pages.count());
        }
        return place;
    }

    /**
     * {@code bytes} of memory of the process's own, rounded up to pages, cleared, cached and movable ({@code MAP_ANONYMOUS},
     * touched at once).
     *
     * @return where it is, or ENOMEM
     */
    public Outcome<AddrRange<VirtAddr>> mapAnonymous(long bytes) {
        if (bytes <= 0 || bytes > VmaList.MMAP_AREA.bytes()) {
            throw new IllegalArgumentException("bytes must be 1.." + VmaList.MMAP_AREA.bytes() + ": " + bytes);
        }
        requireRunning();
        AnonymousPages owner = ownPages();
        return owner.alloc((int) PageSize.pages(bytes)).then(pages -> {
            Outcome<AddrRange<VirtAddr>> place =
                    place(MapRequest.of(pages, MemoryType.WRITE_BACK, "").asPrivate(), true);
            if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
                owner.mapped(pages, found.value().start());
            } else {
                owner.free(pages);
            }
            return place;
        });
    }

    private AnonymousPages ownPages() {
        if (own == null) {
            throw new IllegalArgumentException(
                    who() + " has no machine to get memory from: take it from soc.newProcess()");
        }
        return own;
    }

    /**
     * {@code get_user_pages}: {@code who} holds the process's own pages in {@code range} where they are until {@link #unpin},
     * even if they are unmapped meanwhile.
     *
     * @return the pages, to be mapped for a device, or EFAULT at the first address that leads to no page of the process's own
     */
    public Outcome<PageArray> pin(AddrRange<VirtAddr> range, String who) {
        return ownPages().pin(vmas, range, who);
    }

    /**
     * {@code put_page}: ends {@link #pin}. Pages that are no longer mapped are freed.
     *
     * @throws IllegalArgumentException if {@code who} does not hold one of them; then none is let go
     */
    public void unpin(PageArray pages, String who) {
        ownPages().unpin(pages, who);
    }

    /**
     * The process ends: what it has mapped goes, and its own pages with it, but for those that somebody pins.
     *
     * @throws IllegalArgumentException if somebody else freed one of its own pages; then nothing goes
     */
    public void exit() {
        requireRunning();
        unmap(VmaList.MMAP_AREA);
        ended = true;
    }

    /** Whether {@link #exit} was called. */
    public boolean hasEnded() {
        return ended;
    }

    /** How many pages of its own it has, those included that are unmapped and still pinned. */
    public int ownPageCount() {
        return own == null ? 0 : own.count();
    }

    /**
     * Ends the mapping that starts at {@code start} ({@code munmap} of the whole area).
     *
     * @throws IllegalArgumentException as {@link #unmap(AddrRange)} does, or if none starts there
     */
    public void unmap(VirtAddr start) {
        vmas.unmap(start, taken);
    }

    /**
     * Ends what is mapped in {@code range} ({@code munmap}); a mapping that reaches out of it keeps the rest, in one piece
     * or two. Holes in the range are fine.
     *
     * @param range from the start of a page; its length is rounded up to pages
     * @throws IllegalArgumentException if somebody else freed one of the process's own pages there; then all stays mapped
     */
    public void unmap(AddrRange<VirtAddr> range) {
        vmas.unmap(range, taken);
    }

    /** The mappings, ascending. */
    public List<Vma> mappings() {
        return vmas.areas().stream().map(UserArea::vma).toList();
    }

    /** The text of {@code /proc/PID/maps}. */
    public String maps() {
        return vmas.text();
    }

    /** Every address of this process that leads to {@code page} now. */
    public List<Alias> aliases(PhysAddr page) {
        return vmas.aliases(page);
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        return vmas.resolve(address, Protection.READ);
    }

    @Override
    public Outcome<Place> resolveStore(VirtAddr address) {
        return vmas.resolve(address, Protection.READ_WRITE);
    }

    /** Throws if mappings overlap or a hole is wrong; for tests. */
    void checkInvariants() {
        vmas.checkInvariants();
    }

    @Override
    public String toString() {
        int mappings = vmas.areas().size();
        return who() + (ended ? ", ended, " : ", ") + mappings + (mappings == 1 ? " user mapping" : " user mappings");
    }
}
