package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.BusMaster;
import org.jspecify.annotations.Nullable;

/** Hits and misses of an IO-TLB by the device that asked, counted without an object. */
final class HitCounters {
    private @Nullable BusMaster[] masters = {};
    private long[] hits = {};
    private long[] misses = {};

    void hit(BusMaster master) {
        int id = master.id();
        if (id >= hits.length) {
            grow(id);
        }
        masters[id] = master;
        hits[id]++;
    }

    void missed(BusMaster master) {
        int id = master.id();
        if (id >= hits.length) {
            grow(id);
        }
        masters[id] = master;
        misses[id]++;
    }

    private void grow(int id) {
        masters = Arrays.copyOf(masters, id + 1);
        hits = Arrays.copyOf(hits, id + 1);
        misses = Arrays.copyOf(misses, id + 1);
    }

    /** Of each device that asked, by number. */
    List<IoTlbStatistics> statistics() {
        List<IoTlbStatistics> all = new ArrayList<>();
        for (BusMaster master : masters) {
            if (master != null) {
                all.add(new IoTlbStatistics(master, hits[master.id()], misses[master.id()]));
            }
        }
        return all;
    }
}
