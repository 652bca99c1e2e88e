package org.dmalab.engine.cpu;

import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.trace.CacheOperation;
import org.jspecify.annotations.Nullable;

/**
 * What a change of mappings owes a data cache that finds lines by virtual address ({@code asm/cacheflush.h}, {@code
 * arch/arm/mm/flush.c}, {@code arch/arm/mm/highmem.c} of Linux 3.14).
 *
 * <pre>
 *                                    VIVT          VIPT aliasing   others
 * flush_cache_vmap, _vunmap          whole cache   whole cache     nothing
 * flush_cache_range, _page (user)    the pages     whole cache     nothing
 * flush_cache_kmaps                  whole cache   nothing         nothing
 * kunmap_atomic                      the page      nothing         nothing
 * </pre>
 *
 * Such caches are modelled for one CPU only, so that its cache is all there is.
 */
public final class AliasFlush {
    /** Owes nothing, as physically indexed caches. */
    public static final AliasFlush NONE = new AliasFlush(null, false, false);

    private final @Nullable CacheMaintenance maintenance;
    private final boolean vivt;
    private final boolean aliasing;

    private AliasFlush(@Nullable CacheMaintenance maintenance, boolean vivt, boolean aliasing) {
        this.maintenance = maintenance;
        this.vivt = vivt;
        this.aliasing = aliasing;
    }

    /** What inner caches like {@code inner} are owed, done by {@code maintenance}. */
    public static AliasFlush of(CacheConfig inner, CacheMaintenance maintenance) {
        boolean vivt = inner.indexing() == Indexing.VIVT;
        return new AliasFlush(maintenance, vivt, vivt || (inner.indexing() == Indexing.VIPT && inner.colours() > 1));
    }

    /** {@code flush_cache_vmap}, {@code flush_cache_vunmap}: a vmalloc area comes or goes. */
    void vmallocChanged() {
        if (aliasing) {
            all();
        }
    }

    /** {@code flush_cache_kmaps}: slots that nobody uses are emptied. */
    void kmapsEmptied() {
        if (vivt) {
            all();
        }
    }

    /** {@code kunmap_atomic}: the page at {@code phys} leaves its slot. */
    void kunmapAtomic(VirtAddr address, PhysAddr phys) {
        if (vivt) {
            page(address, phys);
        }
    }

    /** {@code flush_cache_range}: {@code count} pages of {@code area} from {@code first} on are taken from a process. */
    void userUnmapped(UserArea area, VirtAddr first, long count) {
        if (vivt) {
            for (long i = 0; i < count; i++) {
                VirtAddr address = first.plus(i << PageSize.PAGE_SHIFT);
                page(address, area.phys(address));
            }
        } else if (aliasing) {
            all();
        }
    }

    private void page(VirtAddr address, PhysAddr phys) {
        if (maintenance != null) {
            maintenance.maintain(
                    CacheOperation.CLEAN_INVALIDATE,
                    address,
                    phys,
                    PageSize.PAGE_BYTES,
                    CacheMaintenance.Point.UNIFICATION);
        }
    }

    private void all() {
        if (maintenance != null) {
            maintenance.maintainAll(CpuId.BOOT, CacheOperation.CLEAN_INVALIDATE);
        }
    }
}
