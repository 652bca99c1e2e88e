package org.dmalab.engine.iommu;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.cache.Replacement;
import org.dmalab.engine.pagetable.Translation;
import org.jspecify.annotations.Nullable;

/**
 * The IO-TLB of an IOMMU: translations as they were when the table was walked, until they make room for others or are
 * invalidated. It never asks the table again, so what was unmapped meanwhile still translates.
 *
 * <p>A line is one page of any size, or a group of four pages of 4 KiB of which each can be empty. It stands in the set of the
 * address that missed, so a large page can stand in several sets at once. In a set no two lines of one space overlap: a new
 * line takes the place of those it would.
 */
final class IoTlb {
    /** No line has the address. */
    static final int MISS = -1;

    static final int READ = 1;
    static final int WRITE = 2;

    private static final int HINTS = 64;
    private static final long NO_ADDRESS = -1;

    private final IoTlbGeometry geometry;
    private final int ways;
    private final int setMask;
    private final int lineShift;
    private final int pages;
    private final int pageIndexMask;

    // By line. A line without an address has mask 0 and base -1, which nothing equals.
    private final long[] base;
    private final long[] mask;
    private final int[] space;
    private final long[] used;
    private final boolean[] preserved;

    // By page of a line.
    private final long[] phys;
    private final byte[] rights;
    private final Translation.@Nullable Fault[] denied;

    /** By set, {@link Replacement#ROUND_ROBIN}'s next; with locked lines {@code LOCK.victim}. */
    private final int[] turn;
    /** By page number, the line that had it last: where a search begins, nothing else. */
    private final int[] hints = new int[HINTS];

    private int lockBase;
    private long clock;

    /** An empty one. */
    IoTlb(IoTlbGeometry geometry) {
        this.geometry = geometry;
        ways = geometry.ways();
        setMask = geometry.sets() - 1;
        lineShift = geometry.lineShift();
        pages = geometry.pagesPerLine();
        pageIndexMask = pages - 1;
        // A place for the hints to point at, where there is no line.
        int lines = Math.max(1, geometry.entries());
        base = new long[lines];
        mask = new long[lines];
        space = new int[lines];
        used = new long[lines];
        preserved = new boolean[lines];
        phys = new long[lines * pages];
        rights = new byte[lines * pages];
        denied = new Translation.@Nullable Fault[lines * pages];
        turn = new int[geometry.sets()];
        reset();
    }

    IoTlbGeometry geometry() {
        return geometry;
    }

    private int set(long iova) {
        return (int) (iova >>> lineShift) & setMask;
    }

    private boolean holds(int line, int asked, long iova) {
        return (iova & mask[line]) == base[line] && space[line] == asked;
    }

    /** The page that {@code iova} lies in, for {@link #rights}, {@link #address} and {@link #denied}; or {@link #MISS}. */
    int find(int asked, long iova) {
        int first = set(iova) * ways;
        int hint = (int) (iova >>> PageSize.PAGE_SHIFT) & (HINTS - 1);
        int line = hints[hint];
        if (line - first < 0 || line - first >= ways || !holds(line, asked, iova)) {
            line = first;
            int end = first + ways;
            while (line < end && !holds(line, asked, iova)) {
                line++;
            }
            if (line == end) {
                return MISS;
            }
            hints[hint] = line;
        }
        used[line] = ++clock;
        return page(line, iova);
    }

    private int page(int line, long iova) {
        return line * pages + ((int) (iova >>> PageSize.PAGE_SHIFT) & pageIndexMask);
    }

    /** {@link #READ} and {@link #WRITE}, as the descriptors allowed them. */
    int rights(int page) {
        return rights[page];
    }

    /** Where {@code iova} of that page leads. */
    long address(int page, long iova) {
        long offset = pages == 1 ? iova & ~mask[page] : iova & (PageSize.PAGE_BYTES - 1);
        return phys[page] + offset;
    }

    /** How the walk ended that gave the page no right to read, or to write. */
    Translation.Fault denied(int page) {
        Translation.Fault fault = denied[page];
        if (fault == null) {
            throw new AssertionError("page has all rights: " + page);
        }
        return fault;
    }

    /**
     * Makes a line for {@code iova}.
     *
     * @param start the first address of the line
     * @param bytes a power of two
     * @return the line, for {@link #enter}; {@link #MISS} if all lines are locked
     */
    int place(int asked, long iova, long start, long bytes) {
        int first = set(iova) * ways;
        dropOverlapping(asked, first, start, bytes);
        int line = victim(first);
        if (line != MISS) {
            occupy(line, asked, start, bytes);
        }
        return line;
    }

    private void occupy(int line, int asked, long start, long bytes) {
        base[line] = start;
        mask[line] = -bytes;
        space[line] = asked;
        used[line] = ++clock;
        preserved[line] = false;
    }

    /** A free line, or the one that makes room. */
    private int victim(int first) {
        int start = first + lockBase;
        int end = first + ways;
        for (int line = start; line < end; line++) {
            if (mask[line] == 0) {
                return line;
            }
        }
        if (start == end) {
            return MISS;
        }
        if (geometry.replacement() == Replacement.ROUND_ROBIN) {
            int set = first / ways;
            int chosen = Math.max(turn[set], lockBase);
            turn[set] = chosen + 1 == ways ? lockBase : chosen + 1;
            return first + chosen;
        }
        int oldest = start;
        for (int line = start + 1; line < end; line++) {
            if (used[line] < used[oldest]) {
                oldest = line;
            }
        }
        return oldest;
    }

    private void dropOverlapping(int asked, int first, long start, long bytes) {
        for (int line = first; line < first + ways; line++) {
            if (space[line] == asked && overlaps(line, start, start + bytes - 1)) {
                drop(line);
            }
        }
    }

    private boolean overlaps(int line, long start, long last) {
        return mask[line] != 0
                && Long.compareUnsigned(base[line], last) <= 0
                && Long.compareUnsigned(base[line] + ~mask[line], start) >= 0;
    }

    /** Enters the page of {@code iova} into a line, with what walks for reading and for writing came to. */
    void enter(int line, long iova, Translation read, Translation write) {
        int page = page(line, iova);
        byte allowed = 0;
        phys[page] = NO_ADDRESS;
        denied[page] = null;
        long offset = pages == 1 ? iova & ~mask[line] : iova & (PageSize.PAGE_BYTES - 1);
        if (read instanceof Translation.Mapped to) {
            allowed |= READ;
            phys[page] = to.address().value() - offset;
        } else {
            denied[page] = (Translation.Fault) read;
        }
        if (write instanceof Translation.Mapped to) {
            allowed |= WRITE;
            phys[page] = to.address().value() - offset;
        } else {
            denied[page] = (Translation.Fault) write;
        }
        rights[page] = allowed;
    }

    /** Whether no line is left that could be locked ({@code LOCK.base} is behind the last). */
    boolean isAllLocked() {
        return lockBase == ways;
    }

    /**
     * Makes a line that no other replaces: the one at {@code LOCK.base}, which then moves on.
     *
     * <p>QUIRK of {@code load_iotlb_entry}: FLUSH_ENTRY drops the page's older line, but LOCK.base stays behind it. Locking a page
     * again uses up one more line.
     */
    int placeLocked(int asked, long start, long bytes) {
        dropOverlapping(asked, 0, start, bytes);
        int line = lockBase++;
        occupy(line, asked, start, bytes);
        preserved[line] = true;
        return line;
    }

    private void drop(int line) {
        base[line] = NO_ADDRESS;
        mask[line] = 0;
        preserved[line] = false;
    }

    /** Drops every line of a space that has an address of {@code start} to {@code last}. */
    void invalidate(int asked, long start, long last) {
        for (int line = 0; line < base.length; line++) {
            if (space[line] == asked && overlaps(line, start, last)) {
                drop(line);
            }
        }
    }

    /** Drops every line of a space but the preserved ones, which another can replace from then on ({@code flush_iotlb_all}). */
    void invalidateSpace(int asked) {
        for (int line = 0; line < base.length; line++) {
            if (space[line] == asked && !preserved[line]) {
                drop(line);
            }
        }
        lockBase = 0;
    }

    /** Drops every line of a space: its domain was detached, and nothing may translate by it. */
    void forget(int asked) {
        for (int line = 0; line < base.length; line++) {
            if (space[line] == asked) {
                drop(line);
            }
        }
        lockBase = 0;
    }

    /** Drops everything: the IOMMU was switched on. */
    void reset() {
        for (int line = 0; line < base.length; line++) {
            drop(line);
        }
        Arrays.fill(turn, 0);
        lockBase = 0;
    }

    /** Every page of every line, by line. */
    void forEach(IntConsumer visitor) {
        for (int page = 0; page < rights.length; page++) {
            if (mask[page / pages] != 0) {
                visitor.accept(page);
            }
        }
    }

    /** The first address of a page. */
    long start(int page) {
        return base[page / pages] + (long) (page & pageIndexMask) * PageSize.PAGE_BYTES;
    }

    /** How many bytes a page has. */
    long bytes(int page) {
        return pages == 1 ? -mask[page] : PageSize.PAGE_BYTES;
    }

    /** Where a page leads, -1 for an empty one. */
    long phys(int page) {
        return phys[page];
    }

    /** The domain whose address space a page belongs to. */
    int space(int page) {
        return space[page / pages];
    }

    /** Whether no other can replace a page: its line is below {@code LOCK.base}. */
    boolean isLocked(int page) {
        int line = page / pages;
        return preserved[line] && line < lockBase;
    }

    /** Throws if two lines of a set overlap. */
    void checkInvariants() {
        for (int one = 0; one < geometry.entries(); one++) {
            int first = one / ways * ways;
            for (int other = first; other < one; other++) {
                if (mask[one] != 0
                        && space[one] == space[other]
                        && overlaps(other, base[one], base[one] + ~mask[one])) {
                    throw new AssertionError("lines " + other + " and " + one + " overlap");
                }
            }
        }
    }
}
