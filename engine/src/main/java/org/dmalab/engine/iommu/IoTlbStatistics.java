package org.dmalab.engine.iommu;

import java.util.Locale;
import org.dmalab.engine.base.BusMaster;

/**
 * How often an IO-TLB had what a device asked for.
 *
 * @param hits translations that it had, those that forbid the access included
 * @param misses translations for which the table was walked
 */
public record IoTlbStatistics(BusMaster master, long hits, long misses) {
    /** The share of hits, 0 to 1; 0 without any access. */
    public double hitRate() {
        return hits + misses == 0 ? 0 : (double) hits / (hits + misses);
    }

    /** {@code fimc0: 2032 hits, 16 misses (99.2 % hits)}. */
    @Override
    public String toString() {
        return master + ": " + hits + (hits == 1 ? " hit, " : " hits, ") + misses + (misses == 1 ? " miss" : " misses")
                + String.format(Locale.ROOT, " (%.1f %% hits)", 100 * hitRate());
    }
}
