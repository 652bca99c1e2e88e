package org.dmalab.engine.cpu;

import java.util.Optional;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * What {@code mmap} is asked for.
 *
 * @param pages what is mapped: a file's pages, or a buffer's
 * @param firstPage the page at the mapping's start ({@code offset}, in pages)
 * @param count how many pages ({@code length}, in pages)
 * @param type how the CPU treats accesses ({@code vm_page_prot})
 * @param protection what the process may do
 * @param shared {@code MAP_SHARED}, or private
 * @param address where the process wants it; empty for the highest hole
 * @param fixed {@code MAP_FIXED}: there and nowhere else, and what was mapped there goes
 * @param name of the file, {@code /dev/video0}; empty for anonymous memory
 */
public record MapRequest(
        PageArray pages,
        int firstPage,
        int count,
        MemoryType type,
        Protection protection,
        boolean shared,
        Optional<VirtAddr> address,
        boolean fixed,
        String name) {
    public MapRequest {
        if (firstPage < 0 || firstPage >= pages.count()) {
            throw new IllegalArgumentException("firstPage must be 0.." + (pages.count() - 1) + ": " + firstPage);
        }
        if (count < 1 || count > pages.count() - firstPage) {
            throw new IllegalArgumentException(
                    "count must be 1.." + (pages.count() - firstPage) + " from page " + firstPage + ": " + count);
        }
        if (fixed && address.isEmpty()) {
            throw new IllegalArgumentException("a fixed mapping needs an address");
        }
        if (fixed && (address.get().value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("a fixed address must be page-aligned: " + address.get());
        }
    }

    /** All of {@code pages}, shared, to load and store, at the highest hole. */
    public static MapRequest of(PageArray pages, MemoryType type, String name) {
        return new MapRequest(
                pages, 0, pages.count(), type, Protection.READ_WRITE, true, Optional.empty(), false, name);
    }

    /** The same for {@code count} pages from {@code firstPage} on. */
    public MapRequest part(int firstPage, int count) {
        return new MapRequest(pages, firstPage, count, type, protection, shared, address, fixed, name);
    }

    /** The same with another protection. */
    public MapRequest protection(Protection allowed) {
        return new MapRequest(pages, firstPage, count, type, allowed, shared, address, fixed, name);
    }

    /** The same as a private mapping. */
    public MapRequest asPrivate() {
        return new MapRequest(pages, firstPage, count, type, protection, false, address, fixed, name);
    }

    /** The same at {@code wanted} if that is free; rounded up to a page. */
    public MapRequest near(VirtAddr wanted) {
        return new MapRequest(pages, firstPage, count, type, protection, shared, Optional.of(wanted), false, name);
    }

    /** The same exactly at {@code wanted}, a page's start; what is mapped there goes ({@code MAP_FIXED}). */
    public MapRequest at(VirtAddr wanted) {
        return new MapRequest(pages, firstPage, count, type, protection, shared, Optional.of(wanted), true, name);
    }
}
