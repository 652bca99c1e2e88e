package org.dmalab.engine.cpu;

import java.util.Locale;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * A run of a process's addresses that shows pages ({@code struct vm_area_struct}).
 *
 * @param range the addresses, whole pages
 * @param pages what is mapped
 * @param firstPage the page at the range's start
 * @param type how the CPU treats accesses
 * @param protection what the process may do
 * @param shared {@code MAP_SHARED}, or private
 * @param name of the file; empty for anonymous memory
 */
public record Vma(
        AddrRange<VirtAddr> range,
        PageArray pages,
        int firstPage,
        MemoryType type,
        Protection protection,
        boolean shared,
        String name) {
    /** Where a name begins in a line of {@code /proc/PID/maps} of a 32-bit machine. */
    private static final int NAME_COLUMN = 49;

    /** How many pages. */
    public long pageCount() {
        return range.bytes() >>> PageSize.PAGE_SHIFT;
    }

    /** The part of this that is {@code part}. */
    Vma part(AddrRange<VirtAddr> part) {
        int skipped = (int) (part.start().minus(range.start()) >>> PageSize.PAGE_SHIFT);
        return new Vma(part, pages, firstPage + skipped, type, protection, shared, name);
    }

    /** The line of {@code /proc/PID/maps}, without the end of line; device and inode are zero. */
    public String text() {
        long offset = name.isEmpty() ? 0 : (long) firstPage << PageSize.PAGE_SHIFT;
        String line = String.format(
                Locale.ROOT,
                "%08x-%08x %s%s %08x 00:00 0 ",
                range.start().value(),
                range.last() + 1,
                protection.text(),
                shared ? "s" : "p",
                offset);
        return name.isEmpty() ? line : line + " ".repeat(Math.max(0, NAME_COLUMN - line.length())) + name;
    }

    @Override
    public String toString() {
        return text().stripTrailing() + ", " + type;
    }
}
