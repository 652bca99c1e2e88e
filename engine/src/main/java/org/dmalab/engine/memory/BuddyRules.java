package org.dmalab.engine.memory;

import org.dmalab.engine.base.Era;

/**
 * Which kernel's buddy allocator decides.
 *
 * @param era 3.4, 3.6 or 3.14, which differ in what becomes of a block taken from another type's pageblock
 * @param maxOrder the largest order, 8..11: {@code MAX_ORDER - 1}, 10 but on boards that set {@code FORCE_MAX_ZONEORDER}
 * @param pageblockOrder the order of a pageblock, 8..{@code maxOrder}: the largest, or 9 with huge pages
 */
public record BuddyRules(Era era, int maxOrder, int pageblockOrder) {
    public BuddyRules {
        if (era.atLeast(Era.V6_1)) {
            throw new IllegalArgumentException(
                    "era must be V3_4, V3_6 or V3_14, whose page allocators are modelled: " + era.name());
        }
        if (maxOrder < 8 || maxOrder > FreeLists.ORDERS - 1) {
            throw new IllegalArgumentException("max order must be 8.." + (FreeLists.ORDERS - 1) + ": " + maxOrder);
        }
        if (pageblockOrder < 8 || pageblockOrder > maxOrder) {
            throw new IllegalArgumentException("pageblock order must be 8.." + maxOrder + ": " + pageblockOrder);
        }
    }

    /** The kernel of {@code era} with the usual orders 0..10 and pageblocks of 4 MiB. */
    public static BuddyRules of(Era era) {
        return new BuddyRules(era, BuddyAllocator.MAX_ORDER, BuddyAllocator.PAGEBLOCK_ORDER);
    }

    /** The pages of a pageblock. */
    public int pageblockPages() {
        return 1 << pageblockOrder;
    }
}
