package org.dmalab.engine.cost;

/** What simulated time is spent on; every event belongs to one. */
public enum Cause {
    ALLOCATE("allocate pages"),
    MIGRATE("move pages away"),
    ZERO("zero pages"),
    CACHE_MAINTENANCE("cache maintenance"),
    KERNEL_MAPPING("map into the kernel"),
    USER_MAPPING("map into user space"),
    IOVA("find an IOVA"),
    TABLE_WRITE("write IOMMU tables"),
    IOTLB_INVALIDATE("invalidate the IO-TLB"),
    TABLE_WALK("walk IOMMU tables"),
    CPU_CACHED("CPU access, cached"),
    CPU_UNCACHED("CPU access, uncached"),
    DEVICE("device access"),
    BARRIER("barrier");

    private final String text;

    Cause(String text) {
        this.text = text;
    }

    /** In words, for charts and tables. */
    public String text() {
        return text;
    }
}
