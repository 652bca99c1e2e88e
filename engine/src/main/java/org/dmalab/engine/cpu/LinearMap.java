package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.trace.TraceSink;

/**
 * Lowmem at a fixed distance from RAM: sections of 1 MiB, which have one type, cacheable, and such as were split into
 * pages, each with a type of its own or with none ({@code map_lowmem}, {@code dma_contiguous_remap}). What is not the
 * kernel's memory has no entries.
 */
final class LinearMap {
    /** The type of a page without an entry. */
    static final int UNMAPPED = -1;

    private static final int SECTION_SHIFT = PageSize.SECTION_1M.shift();
    private static final int SECTION_PAGES = 1 << (SECTION_SHIFT - PageSize.PAGE_SHIFT);
    private static final byte CACHED = (byte) MemoryType.WRITE_BACK.ordinal();
    private static final MemoryType[] TYPES = MemoryType.values();
    /** Stands for every split section whose pages are all cached. */
    private static final byte[] ALL_CACHED = filled(CACHED);
    /** Stands for every section of which nothing is the kernel's memory. */
    private static final byte[] ALL_UNMAPPED = filled((byte) UNMAPPED);

    private final AddrRange<PhysAddr> lowmem;
    private final VirtAddr pageOffset;
    private final TraceSink trace;
    /** The types of the pages of each section; null while it is mapped as a section. */
    private final byte[][] sections;

    private final long firstSection;
    /** What of lowmem has had no entries from boot on. */
    private final List<AddrRange<PhysAddr>> gaps = new ArrayList<>();

    /** Lowmem that is a section is mapped with a section entry. */
    record SectionMapped(VirtAddr section, AddrRange<PhysAddr> range) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "DMA Lab: lowmem is mapped by sections [section=" + section + "]";
        }

        @Override
        public String explain() {
            return "asked to change the linear entries of " + range + ", but the megabyte at " + section
                    + " is one section entry, which has no page entries to rewrite: split it first, as"
                    + " dma_contiguous_remap() does at boot for CMA areas, and take the buffer from there";
        }
    }

    LinearMap(KernelLayout layout, TraceSink trace) {
        this.lowmem = layout.lowmem();
        this.pageOffset = layout.pageOffset();
        this.trace = trace;
        long start = lowmem.start().value();
        long end = start + lowmem.bytes();
        this.firstSection = start >>> SECTION_SHIFT;
        this.sections = new byte[Math.toIntExact(((end - 1) >>> SECTION_SHIFT) - firstSection + 1)][];
        long inSection = PageSize.SECTION_1M.bytes() - 1;
        if (((pageOffset.value() - start) & inSection) != 0) {
            Arrays.fill(sections, ALL_CACHED);
        }
        if ((start & inSection) != 0) {
            sections[0] = ALL_CACHED;
        }
        if ((end & inSection) != 0) {
            sections[sections.length - 1] = ALL_CACHED;
        }
        layout.absent().forEach(gap -> leaveOut(gap.range()));
    }

    private static byte[] filled(byte type) {
        byte[] types = new byte[SECTION_PAGES];
        Arrays.fill(types, type);
        return types;
    }

    /** {@code map_lowmem} maps memory bank by bank: what is not the kernel's gets no entry. */
    private void leaveOut(AddrRange<PhysAddr> gap) {
        long first = Math.max(gap.start().pfn(), lowmem.start().pfn());
        long last = Math.min(new PhysAddr(gap.last()).pfn(), new PhysAddr(lowmem.last()).pfn());
        for (long pfn = first; pfn <= last; ) {
            int index = section(PhysAddr.ofPfn(pfn).value());
            int from = page(PhysAddr.ofPfn(pfn).value());
            int to = (int) Math.min(SECTION_PAGES, from + last - pfn + 1);
            byte[] types = sections[index] == null ? ALL_CACHED.clone() : sections[index].clone();
            Arrays.fill(types, from, to, (byte) UNMAPPED);
            sections[index] = Arrays.equals(types, ALL_UNMAPPED) ? ALL_UNMAPPED : types;
            pfn += to - from;
        }
        if (last >= first) {
            gaps.add(new AddrRange<>(PhysAddr.ofPfn(first), (last - first + 1) << PageSize.PAGE_SHIFT));
        }
    }

    AddrRange<PhysAddr> lowmem() {
        return lowmem;
    }

    boolean contains(VirtAddr address) {
        long offset = address.minus(pageOffset);
        return offset >= 0 && offset < lowmem.bytes();
    }

    VirtAddr virt(PhysAddr phys) {
        if (!lowmem.contains(phys)) {
            throw new IllegalArgumentException("only lowmem " + lowmem + " has linear addresses: " + phys);
        }
        return pageOffset.plus(phys.minus(lowmem.start()));
    }

    PhysAddr phys(VirtAddr address) {
        if (!contains(address)) {
            throw new IllegalArgumentException("not a linear address: " + Addresses.hexWithHint(address.value()));
        }
        return lowmem.start().plus(address.minus(pageOffset));
    }

    /** {@link MemoryType#ordinal} of the entry of a page of lowmem, or {@link #UNMAPPED}. */
    int type(PhysAddr phys) {
        byte[] pages = sections[section(phys.value())];
        return pages == null ? CACHED : pages[page(phys.value())];
    }

    static MemoryType typeOf(int ordinal) {
        return TYPES[ordinal];
    }

    boolean isSection(PhysAddr phys) {
        return sections[section(phys.value())] == null;
    }

    /** Gives the sections that {@code range} touches page entries of the same type. */
    void split(AddrRange<PhysAddr> range) {
        check(range);
        int last = section(range.last());
        for (int i = section(range.start().value()); i <= last; i++) {
            if (sections[i] == null) {
                sections[i] = ALL_CACHED;
                trace.linearRemapped(virt(start(i)).value(), SECTION_PAGES, CACHED);
            }
        }
    }

    /** Rewrites the page entries of {@code range}; returns how many. */
    Outcome<Long> remap(AddrRange<PhysAddr> range, int type) {
        check(range);
        long start = range.start().value();
        int last = section(range.last());
        for (int i = section(start); i <= last; i++) {
            if (sections[i] == null) {
                return Outcome.failed(new SectionMapped(virt(start(i)), range));
            }
        }
        for (int i = section(start); i <= last; i++) {
            long sectionStart = start(i).value();
            int from = i == section(start) ? page(start) : 0;
            int to = i == last ? (int) ((range.last() - sectionStart) >>> PageSize.PAGE_SHIFT) + 1 : SECTION_PAGES;
            if (sections[i] == ALL_CACHED) {
                sections[i] = ALL_CACHED.clone();
            }
            Arrays.fill(sections[i], from, to, (byte) type);
            if (type == CACHED && Arrays.equals(sections[i], ALL_CACHED)) {
                sections[i] = ALL_CACHED;
            }
        }
        long pages = range.bytes() >>> PageSize.PAGE_SHIFT;
        trace.linearRemapped(virt(range.start()).value(), pages, type);
        return Outcome.done(pages);
    }

    private void check(AddrRange<PhysAddr> range) {
        if (((range.start().value() | range.bytes()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("range must be whole pages: " + range);
        }
        if (!lowmem.contains(range.start()) || !lowmem.contains(new PhysAddr(range.last()))) {
            throw new IllegalArgumentException("range must lie in lowmem " + lowmem + ": " + range);
        }
        for (AddrRange<PhysAddr> gap : gaps) {
            if (gap.overlaps(range)) {
                throw new IllegalArgumentException("range must be the kernel's memory, " + gap + " is not: " + range);
            }
        }
    }

    private int section(long phys) {
        return (int) ((phys >>> SECTION_SHIFT) - firstSection);
    }

    private PhysAddr start(int section) {
        return new PhysAddr((firstSection + section) << SECTION_SHIFT);
    }

    private static int page(long phys) {
        return (int) (phys >>> PageSize.PAGE_SHIFT) & (SECTION_PAGES - 1);
    }
}
