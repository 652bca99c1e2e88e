package org.dmalab.engine.iommu;

import java.util.Arrays;
import org.dmalab.engine.pagetable.WalkMemo;

/**
 * An IOMMU's cache of descriptors above the last level, each found by its physical address: a walk cache, a System MMU's
 * cache of first-level descriptors, the directory words of a Tegra's page table cache. Counts what the walker reads from RAM.
 *
 * <p>Direct-mapped by a hash of the descriptor's address. Invalidating pages leaves it as it is; a table that was replaced
 * must be flushed from it.
 */
final class WalkCache implements WalkMemo {
    private static final long EMPTY = -1;
    /** 2^64 divided by the golden ratio: neighbours, and equal offsets of several tables, spread. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private static final int PAGE_SHIFT = 12;

    private final boolean keepsFaults;
    private final int hashShift;
    private final long[] descriptors;
    private final long[] words;
    private final long[] starts;
    private final int[] shifts;
    private int reads;

    /**
     * An empty cache.
     *
     * @param size how many descriptors it keeps, a power of two; 0 for none
     * @param keepsFaults whether it keeps words above the last level that lead nowhere, too
     */
    WalkCache(int size, boolean keepsFaults) {
        this.keepsFaults = keepsFaults;
        this.hashShift = Long.SIZE - Integer.numberOfTrailingZeros(size);
        descriptors = new long[size];
        words = new long[size];
        starts = new long[size];
        shifts = new int[size];
        clear();
    }

    /** Counts {@link #reads} from 0 again. */
    void begin() {
        reads = 0;
    }

    /** How many descriptors were read from RAM since {@link #begin}. */
    int reads() {
        return reads;
    }

    private int index(long descriptor) {
        return descriptors.length == 1 ? 0 : (int) (((descriptor >>> 2) * SPREAD) >>> hashShift);
    }

    @Override
    public long recall(long descriptor) {
        if (descriptors.length == 0) {
            return NOTHING;
        }
        int index = index(descriptor);
        return descriptors[index] == descriptor ? words[index] : NOTHING;
    }

    @Override
    public void read(long descriptor, long word, Found found, long iova, int shift) {
        reads++;
        if (descriptors.length > 0 && isKept(found, shift)) {
            int index = index(descriptor);
            descriptors[index] = descriptor;
            words[index] = word;
            starts[index] = iova & -1L << shift;
            shifts[index] = shift;
        }
    }

    private boolean isKept(Found found, int shift) {
        return found == Found.TABLE || (keepsFaults && found == Found.FAULT && shift > PAGE_SHIFT);
    }

    /** Forgets the descriptors that serve an address of {@code start} to {@code last}. */
    void invalidate(long start, long last) {
        for (int i = 0; i < descriptors.length; i++) {
            if (Long.compareUnsigned(starts[i], last) <= 0
                    && Long.compareUnsigned(starts[i] + (1L << shifts[i]) - 1, start) >= 0) {
                descriptors[i] = EMPTY;
            }
        }
    }

    /** Forgets everything. */
    void clear() {
        Arrays.fill(descriptors, EMPTY);
    }

    /** How many descriptors it keeps now. */
    int held() {
        return (int) Arrays.stream(descriptors).filter(each -> each != EMPTY).count();
    }
}
