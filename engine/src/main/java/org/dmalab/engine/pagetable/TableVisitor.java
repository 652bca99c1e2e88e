package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.PhysAddr;

/** Is shown a table in ascending order, each table before its entries; entries that map nothing are left out. */
public interface TableVisitor {
    /**
     * An entry that leads to a table of the next level.
     *
     * @param level of the entry
     * @param index of the entry in an imagined whole table of its level: the input address above the level's shift
     * @param at where the entry stands in RAM
     */
    void table(int level, long index, long descriptor, PhysAddr at);

    /** An entry that leads to memory. Of entries that stand in several slots, each slot. */
    void leaf(int level, long index, long descriptor, PhysAddr at);
}
