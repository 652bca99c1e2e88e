package org.dmalab.engine.iova;

/** Ranges of one size, by their first pages, the last freed on top ({@code struct iova_magazine}). */
final class IovaMagazine {
    /** {@code IOVA_MAG_SIZE}. */
    static final int CAPACITY = 127;

    private final long[] pfns = new long[CAPACITY];
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size == CAPACITY;
    }

    void push(long pfn) {
        pfns[size++] = pfn;
    }

    /** Takes the topmost page not above {@code highest}, in whose place the top is put; -1 if there is none. */
    long pop(long highest) {
        for (int i = size - 1; i >= 0; i--) {
            long pfn = pfns[i];
            if (pfn <= highest) {
                pfns[i] = pfns[--size];
                return pfn;
            }
        }
        return RbTreeIovaDomain.NO_PFN;
    }

    /** Empties it into {@code tree}, the bottom first. */
    void freeAll(RbTreeIovaDomain tree) {
        for (int i = 0; i < size; i++) {
            tree.freePfn(pfns[i]);
        }
        size = 0;
    }
}
