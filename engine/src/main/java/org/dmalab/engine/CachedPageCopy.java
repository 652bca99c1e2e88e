package org.dmalab.engine;

import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageCopy;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * {@code copy_highpage} as one step: the target gets what a CPU would read of the source, stale or not, and its time is part
 * of the price of a migration. It leaves no lines of the target behind, which a real copy does.
 */
final class CachedPageCopy implements PageCopy {
    private static final int BYTES = (int) PageSize.PAGE_BYTES;
    private static final String KERNEL = "kernel, migration";

    private final CacheHierarchy caches;
    private final CacheMaintenance maintenance;
    private final PhysicalMemory ram;
    private final GroundTruth truth;

    CachedPageCopy(CacheHierarchy caches, CacheMaintenance maintenance, PhysicalMemory ram, GroundTruth truth) {
        this.caches = caches;
        this.maintenance = maintenance;
        this.ram = ram;
        this.truth = truth;
    }

    @Override
    public void copy(PhysAddr from, PhysAddr to) {
        byte[] content = new byte[BYTES];
        caches.peekCoherent(from, content, 0, BYTES);
        maintenance.discard(to, BYTES);
        if (isZero(content)) {
            ram.zero(to, BYTES);
        } else {
            ram.write(to, content, 0, BYTES);
        }
        truth.copied(KERNEL, from, to, BYTES);
    }

    private static boolean isZero(byte[] content) {
        for (byte value : content) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }
}
