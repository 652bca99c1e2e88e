package org.dmalab.engine.iommu;

import org.dmalab.engine.base.PageSize;

/** What a driver writes to make its IOMMU forget: how many commands, and whether the hardware forgets more than was named. */
public enum InvalidationRule {
    /** Nothing is kept, nothing is written. */
    NOTHING(0) {
        @Override
        long ofRange(long bytes, long pageBytes) {
            return 0;
        }
    },
    /** One write of {@code FLUSH_ENTRY} for each page, whatever its size ({@code __sysmmu_tlb_invalidate_entry}). */
    EXYNOS_ENTRY(1) {
        @Override
        long ofTable(long bytes, boolean keepsTables) {
            return keepsTables ? 1 : 0;
        }
    },
    /** System MMU 2: a write for each set that a page may stand in, {@code min(bytes / 4096, 64)}. */
    EXYNOS_V2_SETS(1) {
        @Override
        long ofRange(long bytes, long pageBytes) {
            return pages(bytes, pageBytes) * Math.min(pageBytes / PageSize.PAGE_BYTES, 64);
        }

        @Override
        long ofTable(long bytes, boolean keepsTables) {
            return keepsTables ? 1 : 0;
        }
    },
    /** Each page is looked for among all entries ({@code flush_iotlb_page}), which counts as one command. */
    OMAP_PAGE(1) {
        @Override
        long ofTable(long bytes, boolean keepsTables) {
            return 0;
        }
    },
    /** The whole context, whatever the range ({@code __flush_iotlb}). */
    MSM_CONTEXT(1) {
        @Override
        long ofRange(long bytes, long pageBytes) {
            return 1;
        }

        @Override
        boolean isWholeContext() {
            return true;
        }
    },
    /** One TLBIVA for each page ({@code __flush_iotlb_range} of Linux 6.1); nothing waits for them. */
    MSM_PAGE(1),
    /** The page table cache by address and the TLB by group of four pages, for each page; a table by its section. */
    TEGRA_GROUP(1) {
        @Override
        long ofTable(long bytes, boolean keepsTables) {
            return 1;
        }
    },
    /** One TLBI by address for each page, and the sync that waits for them all. */
    SMMU_PAGE(2) {
        @Override
        long ofRange(long bytes, long pageBytes) {
            return pages(bytes, pageBytes) + 1;
        }
    },
    /** SMMUv3 with range invalidation ({@code IDR3.RIL}): {@code (NUM + 1) << SCALE} pages a command, and the sync. */
    SMMU_RANGE(2) {
        @Override
        long ofRange(long bytes, long pageBytes) {
            long commands = 1;
            for (long left = pages(bytes, pageBytes); left != 0; commands++) {
                int scale = Long.numberOfTrailingZeros(left);
                left -= (left >>> scale & 31) << scale;
            }
            return commands;
        }
    };

    private final int ofAll;

    InvalidationRule(int ofAll) {
        this.ofAll = ofAll;
    }

    private static long pages(long bytes, long pageBytes) {
        return (bytes + pageBytes - 1) / pageBytes;
    }

    /** Commands for {@code bytes} that are mapped in pages of {@code pageBytes}. */
    long ofRange(long bytes, long pageBytes) {
        return pages(bytes, pageBytes);
    }

    /**
     * Commands for the {@code bytes} that a table served before it was replaced or freed; 0 if the driver flushes no tables.
     *
     * @param keepsTables whether the hardware keeps descriptors that lead to tables
     */
    long ofTable(long bytes, boolean keepsTables) {
        return ofRange(bytes, PageSize.PAGE_BYTES);
    }

    /** Commands for a whole context. */
    int ofAll() {
        return ofAll;
    }

    /** Whether naming a range makes it forget the whole context. */
    boolean isWholeContext() {
        return false;
    }
}
