package org.dmalab.engine.pagetable;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an io-pgtable comes to, without words and RAM: for each level a map from the number of a slot to what stands in it, and
 * the driver's decisions over them.
 */
abstract class SlotTable {
    static final String EXISTS = "EEXIST";

    /**
     * What stands in a slot.
     *
     * @param phys where it leads; -1 for a table
     * @param copies 16 if it is one of 16 equal ones
     */
    record Slot(long phys, int prot, int copies) {
        static final Slot TABLE = new Slot(-1, 0, 1);

        boolean isTable() {
            return phys < 0;
        }
    }

    final int first;
    final int[] shifts;
    final TreeMap<Long, Slot>[] levels;
    long walkFlushes;
    long pageFlushes;
    /** Why the last map ended early. */
    @Nullable
    String refusal;

    /** Levels from {@code first} to the last, each slot of level i standing for {@code 1 << shifts[i]} bytes. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    SlotTable(int first, int... shifts) {
        this.first = first;
        this.shifts = shifts;
        levels = new TreeMap[shifts.length];
        for (int i = first; i < shifts.length; i++) {
            levels[i] = new TreeMap<>();
        }
    }

    abstract long map(long iova, long phys, int shift, int count, int prot);

    abstract long unmap(long iova, int shift, int count);

    final @Nullable Slot at(int level, long iova) {
        return levels[level].get(iova >>> shifts[level]);
    }

    final void put(int level, long iova, Slot slot) {
        levels[level].put(iova >>> shifts[level], slot);
    }

    /** Removes the table in a slot and all below it. */
    final void removeTable(int level, long iova) {
        levels[level].remove(iova >>> shifts[level]);
        walkFlushes++;
        long end = iova + (1L << shifts[level]);
        for (int below = level + 1; below < shifts.length; below++) {
            levels[below].subMap(iova >>> shifts[below], end >>> shifts[below]).clear();
        }
    }

    /** What {@code iova} leads to, with the level of the slot; null for nothing. */
    final @Nullable Found lookup(long iova) {
        for (int level = first; level < shifts.length; level++) {
            Slot slot = at(level, iova);
            if (slot == null) {
                return null;
            }
            if (!slot.isTable()) {
                int bits = shifts[level] + Integer.numberOfTrailingZeros(slot.copies());
                return new Found(slot.phys() + (iova & ((1L << bits) - 1)), slot.prot());
            }
        }
        return null;
    }

    /** Where an address leads, and what is allowed there. */
    record Found(long phys, int prot) {}

    /** {@code io-pgtable-arm.c}: runs of slots of one table. */
    static final class Lpae extends SlotTable {
        private final int bitsPerLevel;

        Lpae(int granuleShift, int first) {
            super(first, shifts(granuleShift));
            bitsPerLevel = granuleShift - 3;
        }

        private static int[] shifts(int granuleShift) {
            int perLevel = granuleShift - 3;
            return new int[] {
                granuleShift + 3 * perLevel, granuleShift + 2 * perLevel, granuleShift + perLevel, granuleShift
            };
        }

        private int run(long iova, int level, int count) {
            long inTable = (iova >>> shifts[level]) & ((1L << bitsPerLevel) - 1);
            return (int) Math.min(count, (1L << bitsPerLevel) - inTable);
        }

        @Override
        long map(long iova, long phys, int shift, int count, int prot) {
            long size = 1L << shift;
            for (int done = 0; done < count; ) {
                long at = iova + done * size;
                int level = first;
                for (; shifts[level] != shift; level++) {
                    Slot slot = at(level, at);
                    if (slot == null) {
                        put(level, at, Slot.TABLE);
                    } else if (!slot.isTable()) {
                        refusal = EXISTS;
                        return done * size;
                    }
                }
                int run = run(at, level, count - done);
                for (int i = 0; i < run; i++) {
                    Slot slot = at(level, at + i * size);
                    if (slot != null && !slot.isTable()) {
                        refusal = EXISTS;
                        return done * size;
                    }
                    if (slot != null) {
                        removeTable(level, at + i * size);
                    }
                }
                for (int i = 0; i < run; i++) {
                    put(level, at + i * size, new Slot(phys + (done + i) * size, prot, 1));
                }
                done += run;
            }
            return count * size;
        }

        @Override
        long unmap(long iova, int shift, int count) {
            long size = 1L << shift;
            int done = 0;
            while (done < count) {
                long at = iova + done * size;
                int level = first;
                for (; shifts[level] != shift; level++) {
                    Slot slot = at(level, at);
                    if (slot == null) {
                        return done * size;
                    }
                    if (!slot.isTable()) {
                        split(level, at, slot);
                    }
                }
                int run = run(at, level, count - done);
                for (int i = 0; i < run; i++) {
                    Slot slot = at(level, at + i * size);
                    if (slot == null) {
                        return (done + i) * size;
                    }
                    if (slot.isTable()) {
                        removeTable(level, at + i * size);
                    } else {
                        levels[level].remove((at + i * size) >>> shift);
                        pageFlushes++;
                    }
                }
                done += run;
            }
            return done * size;
        }

        private void split(int level, long iova, Slot block) {
            long start = iova & -(1L << shifts[level]);
            long part = 1L << shifts[level + 1];
            put(level, iova, Slot.TABLE);
            for (int i = 0; i < 1 << bitsPerLevel; i++) {
                put(level + 1, start + i * part, new Slot(block.phys() + i * part, block.prot(), 1));
            }
        }
    }

    /** {@code io-pgtable-arm-v7s.c}: one page after the other, of 1 or 16 slots. */
    static final class V7s extends SlotTable {
        private static final int SECTION = 1;
        private static final int PAGE = 2;

        V7s() {
            super(SECTION, 0, 20, 12);
        }

        @Override
        long map(long iova, long phys, int shift, int count, int prot) {
            long size = 1L << shift;
            for (int done = 0; done < count; done++) {
                if (!mapPage(iova + done * size, phys + done * size, shift, prot)) {
                    refusal = EXISTS;
                    return done * size;
                }
            }
            return count * size;
        }

        private boolean mapPage(long iova, long phys, int shift, int prot) {
            int level = shift >= 20 ? SECTION : PAGE;
            if (level == PAGE) {
                Slot link = at(SECTION, iova);
                if (link == null) {
                    put(SECTION, iova, Slot.TABLE);
                } else if (!link.isTable()) {
                    return false;
                }
            }
            int copies = 1 << (shift - shifts[level]);
            for (int i = 0; i < copies; i++) {
                long at = iova + ((long) i << shifts[level]);
                Slot slot = at(level, at);
                if (slot != null && !slot.isTable()) {
                    return false;
                }
                if (slot != null) {
                    removeTable(level, at);
                }
            }
            for (int i = 0; i < copies; i++) {
                put(level, iova + ((long) i << shifts[level]), new Slot(phys, prot, copies));
            }
            return true;
        }

        @Override
        long unmap(long iova, int shift, int count) {
            long size = 1L << shift;
            int done = 0;
            while (done < count && unmapPage(iova + done * size, shift)) {
                done++;
            }
            return done * size;
        }

        private boolean unmapPage(long iova, int shift) {
            if (shift >= 20) {
                return remove(SECTION, iova, shift);
            }
            Slot link = at(SECTION, iova);
            if (link == null) {
                return false;
            }
            if (link.isTable()) {
                return remove(PAGE, iova, shift);
            }
            if (link.copies() > 1) {
                splitGroup(SECTION, iova, link);
                if ((iova >>> 20 & 15) != 0) {
                    return false;
                }
            }
            // The driver forgets where the section led, and that it could be written only.
            put(SECTION, iova, Slot.TABLE);
            int copies = 1 << (shift - 12);
            for (int i = 0; i < 256; i++) {
                if (i / copies != (iova >>> 12 & 255) / copies) {
                    put(
                            PAGE,
                            (iova & -(1L << 20)) + ((long) i << 12),
                            new Slot((long) (i / copies) << shift, link.prot() | 1, copies));
                }
            }
            pageFlushes++;
            return true;
        }

        private void splitGroup(int level, long iova, Slot slot) {
            long start = iova & -(16L << shifts[level]);
            for (int i = 0; i < 16; i++) {
                put(
                        level,
                        start + ((long) i << shifts[level]),
                        new Slot(slot.phys() + ((long) i << shifts[level]), slot.prot(), 1));
            }
            walkFlushes++;
        }

        private boolean remove(int level, long iova, int shift) {
            int copies = 1 << (shift - shifts[level]);
            for (int i = 0; i < copies; i++) {
                if (at(level, iova + ((long) i << shifts[level])) == null) {
                    return false;
                }
            }
            Slot only = at(level, iova);
            if (copies == 1 && only != null && only.copies() > 1) {
                splitGroup(level, iova, only);
            }
            for (int i = 0; i < copies; i++) {
                long at = iova + ((long) i << shifts[level]);
                Slot slot = at(level, at);
                if (slot != null && slot.isTable()) {
                    removeTable(level, at);
                } else {
                    levels[level].remove(at >>> shifts[level]);
                    pageFlushes++;
                }
            }
            return true;
        }
    }
}
