package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * The migrate type of each pageblock of a zone, and which pageblocks belong to a contiguous memory area and keep theirs.
 *
 * <p>Pages are numbered as in {@link ZonePages}.
 */
final class Pageblocks {
    private final ZonePages zone;
    private final int order;
    private final byte[] types;
    private final boolean[] ofArea;

    /** All MOVABLE. */
    Pageblocks(ZonePages zone, int order) {
        this.zone = zone;
        this.order = order;
        types = new byte[zone.span() >>> order];
        ofArea = new boolean[types.length];
        Arrays.fill(types, (byte) MigrateType.MOVABLE.number());
    }

    private Pageblocks(Pageblocks other) {
        zone = other.zone;
        order = other.order;
        types = other.types.clone();
        ofArea = other.ofArea;
    }

    /** The same with types of its own. */
    Pageblocks copy() {
        return new Pageblocks(this);
    }

    int order() {
        return order;
    }

    /** The number of the type of the pageblock that {@code page} lies in. */
    int type(int page) {
        return types[page >>> order];
    }

    void set(int page, MigrateType type) {
        types[page >>> order] = (byte) type.number();
    }

    /** Whether the pageblock of {@code page} is part of a contiguous memory area. */
    boolean isOfArea(int page) {
        return ofArea[page >>> order];
    }

    /** The pageblock of {@code page} becomes part of a contiguous memory area. */
    void setOfArea(int page) {
        ofArea[page >>> order] = true;
        set(page, MigrateType.CMA);
    }

    void become(Pageblocks other) {
        System.arraycopy(other.types, 0, types, 0, types.length);
    }

    /**
     * Counts as {@code /proc/pagetypeinfo} does: from the zone's first page in steps of a pageblock, those that begin in a
     * hole left out.
     */
    long[] count() {
        long[] counts = new long[FreeLists.TYPES];
        for (int page = zone.first(); page < zone.end(); page += 1 << order) {
            counts[type(page)] += zone.absent().get(page) ? 0 : 1;
        }
        return counts;
    }

    /**
     * Gives the pageblocks that {@link #count} counts the types of {@code counts}, whose sum is as large: those of
     * contiguous memory areas are CMA, those that are CMA now stay so as far as they can, the others ascend.
     *
     * @throws IllegalArgumentException if areas have more pageblocks than are to be CMA; some have changed then
     */
    void setCounts(String zoneName, long... counts) {
        long[] left = counts.clone();
        int cma = MigrateType.CMA.number();
        boolean[] kept = new boolean[types.length];
        long ofAreas = 0;
        for (int page = zone.first(); page < zone.end(); page += 1 << order) {
            if (!zone.absent().get(page) && isOfArea(page)) {
                kept[page >>> order] = true;
                ofAreas++;
            }
        }
        if (ofAreas > counts[cma]) {
            throw new IllegalArgumentException("zone " + zoneName + " has " + ofAreas
                    + " pageblocks of CMA areas: only " + counts[cma]
                    + " CMA pageblocks are given, build the machine with as much CMA as the other one has");
        }
        left[cma] -= ofAreas;
        for (int page = zone.first(); page < zone.end(); page += 1 << order) {
            int block = page >>> order;
            if (!zone.absent().get(page) && !kept[block] && types[block] == cma && left[cma] > 0) {
                kept[block] = true;
                left[cma]--;
            }
        }
        int type = 0;
        for (int page = zone.first(); page < zone.end(); page += 1 << order) {
            int block = page >>> order;
            if (!zone.absent().get(page) && !kept[block]) {
                while (left[type] == 0) {
                    type++;
                }
                types[block] = (byte) type;
                left[type]--;
            }
        }
    }
}
