package org.dmalab.engine.cost;

/** What a price is asked per. Every price is a named parameter of a {@link CostModel}. */
public enum Price {
    PAGE_ALLOC("buddy allocation or free of one block"),
    ZERO_LINE("clearing one line through a cacheable mapping"),
    L1_HIT("load or store served by the inner cache"),
    L2_HIT("load or store served by the outer cache"),
    RAM_RANDOM("line fill from RAM at a line that does not follow the last one"),
    RAM_STREAM("line fill from RAM at the next line"),
    WRITE_BACK_RANDOM("line written back to RAM that does not follow the last one"),
    WRITE_BACK_STREAM("next line written back to RAM"),
    UNCACHED_READ("bus read of up to 8 bytes through a non-cacheable mapping"),
    UNCACHED_WRITE("8 bytes written through a non-cacheable, bufferable mapping"),
    ORDERED_WRITE("bus write of up to 8 bytes through a strongly ordered or device mapping"),
    INNER_OP("inner cache operation by address, one line"),
    OUTER_OP("outer cache operation by address, one line"),
    KERNEL_PTE("one kernel page-table entry written or cleared"),
    USER_PTE("one user page-table entry written or cleared"),
    KERNEL_TLB_FLUSH("kernel TLB range invalidated on all CPUs"),
    IOVA_SEARCH("IOVA allocation or free, fixed part"),
    IOVA_WORD("one word of the IOVA bitmap looked at"),
    TABLE_WORD("one IOMMU table word written"),
    TABLE_WALK_LEVEL("one descriptor read by the IOMMU's walker"),
    IOTLB_COMMAND("one IO-TLB invalidation command, with block and unblock"),
    DEVICE_LINE("32 bytes moved by a device"),
    PAGE_MIGRATE("one movable page copied to another frame and its mappings changed"),
    MIGRATE_RETRY("one failed attempt to move a page"),
    SNOOP_HIT("line handed over by another CPU's inner cache"),
    BARRIER("dsb and outer cache sync");

    private final String text;

    Price(String text) {
        this.text = text;
    }

    /** What it buys, in words. */
    public String text() {
        return text;
    }
}
