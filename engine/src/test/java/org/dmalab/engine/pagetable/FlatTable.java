package org.dmalab.engine.pagetable;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a driver's table comes to, without words: the mapped pages of 4 KiB and the mapped blocks of 1 MiB, each by the number
 * of its first page, and the driver's decisions over them.
 */
abstract class FlatTable {
    static final String BUG = "BUG";
    static final String EADDRINUSE = "EADDRINUSE";
    static final String EFAULT = "EFAULT";
    static final String EINVAL = "EINVAL";

    static final int PAGES_OF_MIB = 256;
    static final int SMALL = 12;
    static final int LARGE = 16;
    static final int SECTION = 20;
    static final int SUPER = 24;

    /**
     * A page, or the part of a larger one that stands for it.
     *
     * @param phys where it leads
     * @param shift the size of the page it is a part of
     */
    record Entry(long phys, int shift, int prot) {}

    final TreeMap<Long, Entry> pages = new TreeMap<>();
    final TreeMap<Long, Entry> blocks = new TreeMap<>();

    /** The bytes a map of one page counts, or its errno. */
    abstract String map(long iova, long phys, int shift, int prot);

    /** The bytes an unmap of one page counts, or BUG. */
    abstract String unmap(long iova, int shift);

    /** Whether an operation can be foretold; those that would write beyond a table cannot. */
    boolean foretells(long iova, int shift) {
        return true;
    }

    @Nullable
    Entry at(long iova) {
        Entry block = blocks.get(iova >>> SMALL & -PAGES_OF_MIB);
        return block != null ? block : pages.get(iova >>> SMALL);
    }

    /** Where {@code iova} leads, -1 for nowhere. */
    long lookup(long iova) {
        Entry entry = at(iova);
        if (entry == null) {
            return -1;
        }
        long within = entry.shift >= SECTION ? (1L << SECTION) - 1 : (1L << SMALL) - 1;
        return entry.phys + (iova & within);
    }

    static long mib(long iova) {
        return iova >>> SMALL & -PAGES_OF_MIB;
    }

    boolean hasPages(long iova) {
        Long first = pages.ceilingKey(mib(iova));
        return first != null && first < mib(iova) + PAGES_OF_MIB;
    }

    void removePages(long first, long count) {
        pages.subMap(first, first + count).clear();
    }

    void enter(long iova, long phys, int shift, int prot) {
        if (shift >= SECTION) {
            for (long done = 0; done < 1L << shift; done += 1L << SECTION) {
                removePages(mib(iova + done), PAGES_OF_MIB);
                blocks.put(mib(iova + done), new Entry(phys + done, shift, prot));
            }
        } else {
            for (long done = 0; done < 1L << shift; done += 1L << SMALL) {
                pages.put((iova + done) >>> SMALL, new Entry(phys + done, shift, prot));
            }
        }
    }

    static String bytes(int shift) {
        return Long.toString(1L << shift);
    }

    /** One level of pages of 4 KiB that overwrites silently: Tegra's SMMU and GART. */
    static final class PagesOnly extends FlatTable {
        private final String ofVacant;
        private final String ofMapped;

        PagesOnly(String ofMapped, String ofVacant) {
            this.ofMapped = ofMapped;
            this.ofVacant = ofVacant;
        }

        @Override
        String map(long iova, long phys, int shift, int prot) {
            enter(iova, phys, shift, prot);
            return bytes(shift);
        }

        @Override
        String unmap(long iova, int shift) {
            return pages.remove(iova >>> SMALL) == null ? ofVacant : ofMapped;
        }
    }

    /** OMAP: nothing is refused but alignment; unmap removes whole pages. */
    static final class Omap extends FlatTable {
        private static final int[] SHIFTS = {SECTION, LARGE, SMALL, SUPER};
        private final boolean protIsSize;

        Omap(boolean protIsSize) {
            this.protIsSize = protIsSize;
        }

        @Override
        String map(long iova, long phys, int shift, int prot) {
            int entered = shift;
            if (protIsSize) {
                int code = 0;
                while (SHIFTS[code] != shift) {
                    code++;
                }
                entered = SHIFTS[(code | prot) & 3];
            }
            if (((iova | phys) & ((1L << entered) - 1)) != 0) {
                return EINVAL;
            }
            if (entered < SECTION && blocks.containsKey(mib(iova))) {
                return EFAULT;
            }
            enter(iova, phys, entered, prot);
            return bytes(shift);
        }

        @Override
        String unmap(long iova, int shift) {
            Entry block = blocks.get(mib(iova));
            if (block != null) {
                long bytes = 1L << block.shift();
                long first = (iova & -bytes) >>> SMALL;
                removePages(first, bytes >>> SMALL);
                blocks.subMap(first, first + (bytes >>> SMALL)).clear();
                return Long.toString(bytes);
            }
            if (!hasPages(iova)) {
                return "0";
            }
            Entry page = pages.get(iova >>> SMALL);
            int removed = page == null ? SMALL : page.shift();
            removePages((iova & -(1L << removed)) >>> SMALL, (1L << removed) >>> SMALL);
            return bytes(removed);
        }
    }

    /** MSM: nothing is refused; unmap clears as many slots as it was asked for. */
    static final class Msm extends FlatTable {
        @Override
        String map(long iova, long phys, int shift, int prot) {
            if (shift < SECTION && blocks.containsKey(mib(iova))) {
                return EFAULT;
            }
            enter(iova, phys, shift, prot);
            return bytes(shift);
        }

        @Override
        String unmap(long iova, int shift) {
            boolean block = blocks.containsKey(mib(iova));
            if (!block && !hasPages(iova)) {
                return "0";
            }
            if (block && shift < SECTION) {
                return BUG;
            }
            long count = (1L << shift) >>> SMALL;
            removePages(iova >>> SMALL, count);
            blocks.subMap(iova >>> SMALL, (iova >>> SMALL) + count).clear();
            return bytes(shift);
        }
    }

    /** Exynos: overlaps are refused; tables stay, and a section takes the place of one that counts 256 free entries. */
    static final class Exynos extends FlatTable {
        private final boolean modern;
        private final TreeMap<Long, Integer> free = new TreeMap<>();

        Exynos(boolean modern) {
            this.modern = modern;
        }

        @Override
        boolean foretells(long iova, int shift) {
            // The rollback of 3.14 reaches up to 15 words beyond its group.
            return modern || shift != LARGE || (iova >>> LARGE & 15) != 15;
        }

        @Override
        String map(long iova, long phys, int shift, int prot) {
            long mib = mib(iova);
            if (blocks.containsKey(mib)) {
                return modern || shift == SECTION ? EADDRINUSE : EFAULT;
            }
            if (shift == SECTION) {
                Integer entries = free.get(mib);
                if (entries != null && entries != PAGES_OF_MIB) {
                    return EADDRINUSE;
                }
                free.remove(mib);
                enter(iova, phys, shift, prot);
                return bytes(shift);
            }
            int entries = free.computeIfAbsent(mib, none -> PAGES_OF_MIB);
            int slots = 1 << (shift - SMALL);
            for (int i = 0; i < slots; i++) {
                if (pages.containsKey((iova >>> SMALL) + i)) {
                    rollBack(iova, phys, shift, prot, i);
                    return EADDRINUSE;
                }
            }
            enter(iova, phys, shift, prot);
            free.put(mib, entries - slots);
            return bytes(shift);
        }

        private void rollBack(long iova, long phys, int shift, int prot, int written) {
            if (!modern) {
                long first = iova >>> SMALL;
                removePages(first + written, written);
                for (int i = 0; i < written; i++) {
                    pages.put(first + i, new Entry(phys + ((long) i << SMALL), shift, prot));
                }
            }
        }

        @Override
        String unmap(long iova, int shift) {
            long mib = mib(iova);
            if (blocks.containsKey(mib)) {
                if (shift < SECTION) {
                    return modern ? "0" : BUG;
                }
                blocks.remove(mib);
                return bytes(SECTION);
            }
            Integer entries = free.get(mib);
            if (entries == null) {
                return bytes(Math.min(shift, SECTION));
            }
            Entry page = pages.get(iova >>> SMALL);
            if (page == null) {
                return bytes(SMALL);
            }
            if (page.shift() > shift) {
                return modern ? "0" : BUG;
            }
            int slots = 1 << (page.shift() - SMALL);
            removePages(iova >>> SMALL, slots);
            free.put(mib, entries + slots);
            return bytes(page.shift());
        }
    }
}
