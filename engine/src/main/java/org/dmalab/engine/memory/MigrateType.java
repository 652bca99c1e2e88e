package org.dmalab.engine.memory;

import org.dmalab.engine.base.Era;

/** What a pageblock is meant for ({@code enum migratetype}), so that pages that cannot move gather in few places. */
public enum MigrateType {
    /** Pages that stay where they are: kernel data, DMA buffers. */
    UNMOVABLE(0),
    /** Caches that can be dropped. */
    RECLAIMABLE(1),
    /** Pages whose users find them through tables, so that the content can be copied elsewhere. */
    MOVABLE(2),
    /** Kept back for requests that find nothing anywhere else. */
    RESERVE(3),
    /** A contiguous memory area: lent to movable pages, never changes owner. */
    CMA(4),
    /** Being emptied; nothing is allocated from it. */
    ISOLATE(5);

    private static final MigrateType[] BY_NUMBER = values();

    private final int number;

    MigrateType(int number) {
        this.number = number;
    }

    /** The number in Linux 3.14's trace events and page flags; 6.x swaps RECLAIMABLE and MOVABLE. */
    public int number() {
        return number;
    }

    /**
     * The type of a Linux 3.14 number.
     *
     * @throws IllegalArgumentException unless {@code number} is 0..5
     */
    public static MigrateType of(int number) {
        if (number < 0 || number >= BY_NUMBER.length) {
            throw new IllegalArgumentException("migrate type must be 0..5: " + number);
        }
        return BY_NUMBER[number];
    }

    /** The name in {@code /proc/pagetypeinfo}; 6.x keeps the same list for HighAtomic. */
    public String text(Era era) {
        return switch (this) {
            case UNMOVABLE -> "Unmovable";
            case RECLAIMABLE -> "Reclaimable";
            case MOVABLE -> "Movable";
            case RESERVE -> era.atLeast(Era.V6_1) ? "HighAtomic" : "Reserve";
            case CMA -> "CMA";
            case ISOLATE -> "Isolate";
        };
    }

    /** Whether an allocation may ask for this type: the first three. */
    public boolean canBeAskedFor() {
        return this == UNMOVABLE || this == RECLAIMABLE || this == MOVABLE;
    }
}
