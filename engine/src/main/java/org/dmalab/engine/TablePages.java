package org.dmalab.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.TableVisitor;
import org.dmalab.engine.pagetable.Translation;
import org.jspecify.annotations.Nullable;

/** Finds what a domain's table maps besides the live buffers and mappings of the DMA-API: what the IOMMU-API entered. */
final class TablePages implements TableVisitor {
    private final IommuDomain domain;
    private final List<Access> accesses;
    /** What the DMA-API mapped, first address to the one after the last. */
    private final TreeMap<Long, Long> known = new TreeMap<>(Long::compareUnsigned);
    /** How far an index of each level is shifted; no entry before one with an index above 0 was seen. */
    private final Map<Integer, Integer> shifts = new HashMap<>();

    private final List<Run> runs = new ArrayList<>();
    private long next;

    /** Whole pages that follow one another in both address spaces. */
    record Run(DmaAddr iova, PhysAddr phys, long bytes) {}

    private TablePages(IommuDomain domain, List<Access> accesses) {
        this.domain = domain;
        this.accesses = accesses;
    }

    /** What the table of {@code domain} maps for one of {@code accesses} beside {@code entries}, ascending. */
    static List<Run> besides(IommuDomain domain, List<IovaMap.Entry> entries, List<Access> accesses) {
        TablePages pages = new TablePages(domain, accesses);
        for (IovaMap.Entry entry : entries) {
            if (entry.kind() == IovaMap.Kind.MAPPED) {
                long start = PageSize.SMALL_4K.alignDown(entry.range().start().value());
                long end = PageSize.SMALL_4K.alignDown(entry.range().last()) + PageSize.PAGE_BYTES;
                pages.known.merge(start, end, (one, other) -> Long.compareUnsigned(one, other) < 0 ? other : one);
            }
        }
        domain.table().visit(pages);
        return pages.runs;
    }

    @Override
    public void table(int level, long index, long descriptor, PhysAddr at) {}

    @Override
    public void leaf(int level, long index, long descriptor, PhysAddr at) {
        for (Access access : accesses) {
            Translation.Mapped page = mapped(level, index, at, access);
            if (page != null) {
                add(page, index << shifts.getOrDefault(level, 0));
                return;
            }
        }
    }

    /** The page behind the entry at {@code at}; null if the access may not use it. */
    private Translation.@Nullable Mapped mapped(int level, long index, PhysAddr at, Access access) {
        Integer shift = shifts.get(level);
        if (shift != null || index == 0) {
            return domain.translate(new DmaAddr(index << (shift == null ? 0 : shift)), access)
                            instanceof Translation.Mapped page
                    ? page
                    : null;
        }
        // A table does not say what a level's entries span; the walk that ends at this entry does.
        for (int bits = PageSize.PAGE_SHIFT; bits < Long.numberOfLeadingZeros(index); bits++) {
            DmaAddr iova = new DmaAddr(index << bits);
            if (domain.table().aperture().contains(iova)
                    && domain.translate(iova, access) instanceof Translation.Mapped page
                    && page.descriptorAddress().equals(at)) {
                shifts.put(level, bits);
                return page;
            }
        }
        return null;
    }

    private void add(Translation.Mapped page, long iova) {
        long size = page.size().bytes();
        long first = iova & -size;
        if (Long.compareUnsigned(iova, next) < 0) {
            return;
        }
        next = first + size;
        long phys = page.address().value() - (iova - first);
        for (long done = 0; done < size; done += PageSize.PAGE_BYTES) {
            Map.Entry<Long, Long> before = known.floorEntry(first + done);
            if (before == null || Long.compareUnsigned(before.getValue(), first + done) <= 0) {
                enter(first + done, phys + done);
            }
        }
    }

    private void enter(long iova, long phys) {
        int last = runs.size() - 1;
        if (last >= 0) {
            Run run = runs.get(last);
            if (run.iova().value() + run.bytes() == iova && run.phys().value() + run.bytes() == phys) {
                runs.set(last, new Run(run.iova(), run.phys(), run.bytes() + PageSize.PAGE_BYTES));
                return;
            }
        }
        runs.add(new Run(new DmaAddr(iova), new PhysAddr(phys), PageSize.PAGE_BYTES));
    }
}
