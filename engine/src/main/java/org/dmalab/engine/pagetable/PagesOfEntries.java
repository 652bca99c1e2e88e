package org.dmalab.engine.pagetable;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/** Finds the RAM of a table from its entries alone: the pages in which one stands; pages of fault words are left out. */
final class PagesOfEntries implements TableVisitor {
    private final Map<PhysAddr, Integer> levels = new LinkedHashMap<>();

    private PagesOfEntries() {}

    static void visit(PageTable table, TableBlockVisitor visitor) {
        PagesOfEntries pages = new PagesOfEntries();
        table.visit(pages);
        pages.levels.forEach((page, level) -> visitor.block(level, page, PageSize.PAGE_BYTES));
    }

    @Override
    public void table(int level, long index, long descriptor, PhysAddr at) {
        levels.putIfAbsent(PhysAddr.ofPfn(at.pfn()), level);
    }

    @Override
    public void leaf(int level, long index, long descriptor, PhysAddr at) {
        levels.putIfAbsent(PhysAddr.ofPfn(at.pfn()), level);
    }
}
