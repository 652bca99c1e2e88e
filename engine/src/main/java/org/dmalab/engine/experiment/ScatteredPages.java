package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.SgTable;

/** Memory as a program gets it after some uptime: whole pages, no two of them neighbours. */
public final class ScatteredPages {
    /** Of so many pages taken one stays: the gaps between those that stay are seldom empty. */
    private static final int TAKEN_FOR_ONE = 4;

    private ScatteredPages() {}

    /**
     * A table of {@code pages} entries of one page each, from the page allocator of {@code soc}, in no order.
     *
     * @param pages how many, 1..4096
     * @param seed decides which pages, and their order
     * @throws DmaFailure if there is not enough memory; what was taken is given back
     */
    public static SgTable of(Soc soc, int pages, long seed) {
        if (pages < 1 || pages > 4096) {
            throw new IllegalArgumentException("pages must be 1..4096: " + pages);
        }
        List<PhysAddr> taken = new ArrayList<>();
        while (taken.size() < pages * TAKEN_FOR_ONE) {
            taken.add(soc.pages().alloc(0, Gfp.KERNEL).orElseThrow(reason -> {
                taken.forEach(each -> soc.pages().free(each, 0));
                return new DmaFailure(reason);
            }));
        }
        List<PhysAddr> kept = apart(taken, pages, new SplittableRandom(seed));
        taken.removeAll(kept);
        taken.forEach(each -> soc.pages().free(each, 0));
        long[] pfns = kept.stream().mapToLong(PhysAddr::pfn).toArray();
        return SgTable.fromPages(pfns, 0, (long) pages * PageSize.PAGE_BYTES);
    }

    /** One page of each group of {@link #TAKEN_FOR_ONE} in the order of addresses, never the group's last; shuffled. */
    private static List<PhysAddr> apart(List<PhysAddr> taken, int pages, SplittableRandom random) {
        List<PhysAddr> sorted = new ArrayList<>(taken);
        sorted.sort(PhysAddr::compareTo);
        List<PhysAddr> kept = new ArrayList<>();
        for (int i = 0; i < pages; i++) {
            kept.add(sorted.get(i * TAKEN_FOR_ONE + random.nextInt(TAKEN_FOR_ONE - 1)));
        }
        for (int i = pages - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            PhysAddr page = kept.get(i);
            kept.set(i, kept.get(other));
            kept.set(other, page);
        }
        return kept;
    }
}
