package org.dmalab.engine.iommu;

import java.util.function.LongPredicate;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableMemory;

/** Makes the tables that an IOMMU walks, as the driver of an era fills them. */
interface TableFormat {
    /**
     * An empty table; ENOMEM if there is no memory for its root.
     *
     * @param pfnValid which page frames the kernel knows ({@code pfn_valid})
     */
    Outcome<PageTable> create(TableMemory memory, Era era, LongPredicate pfnValid, FlushOps flush);
}
