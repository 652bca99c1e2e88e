package org.dmalab.engine.cpu;

import java.util.Arrays;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.trace.TraceSink;

/**
 * Kernel addresses for highmem pages: 512 slots shared by all ({@code kmap}), and some per CPU, used like a stack
 * ({@code kmap_atomic}). Follows {@code mm/highmem.c} and {@code arch/arm/mm/highmem.c}.
 *
 * <p>A shared slot whose last user left keeps its page until the search for a slot has come round; only then are all
 * such slots emptied and the TLB flushed at once ({@code flush_all_zero_pkmaps}).
 */
final class KmapSlots {
    /** {@code LAST_PKMAP}. */
    static final int SLOTS = 512;
    /** {@code KM_TYPE_NR}. */
    static final int SLOTS_PER_CPU = 16;
    /** {@code NR_CPUS} for which the fixmap has room. */
    static final int MOST_CPUS = 14;

    private static final long NOBODY = -1;

    private final AddrRange<VirtAddr> shared;
    private final AddrRange<VirtAddr> perCpu;
    private final TraceSink trace;
    private final AliasFlush flush;
    /** The page in each slot, or {@link #NOBODY}. */
    private final long[] pfns = new long[SLOTS];
    /** Users of each slot. */
    private final int[] users = new int[SLOTS];

    private int lastSlot;
    private final long[] atomicPfns = new long[SLOTS_PER_CPU * MOST_CPUS];
    private final int[] atomicDepth = new int[MOST_CPUS];

    /** All slots are in use; {@code kmap} sleeps until somebody calls {@code kunmap}. */
    record SlotsInUse(PhysAddr page, int slots, boolean atomic) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EAGAIN;
        }

        @Override
        public String message() {
            return "DMA Lab: " + (atomic ? "kmap_atomic" : "kmap") + " finds no free slot [page=" + page + "] [slots="
                    + slots + "]";
        }

        @Override
        public String explain() {
            return atomic
                    ? "this CPU holds all " + slots + " of its atomic slots; each kmap_atomic needs its kunmap_atomic,"
                            + " in the reverse order"
                    : "all " + slots
                            + " kmap slots are in use and the kernel would sleep until one is given back: kunmap"
                            + " what is no longer needed, or map many pages at once with vmap";
        }
    }

    KmapSlots(VirtAddr sharedStart, VirtAddr perCpuStart, AliasFlush flush, TraceSink trace) {
        this.flush = flush;
        this.shared = new AddrRange<>(sharedStart, (long) SLOTS << PageSize.PAGE_SHIFT);
        this.perCpu = new AddrRange<>(perCpuStart, (long) atomicPfns.length << PageSize.PAGE_SHIFT);
        this.trace = trace;
        Arrays.fill(pfns, NOBODY);
        Arrays.fill(atomicPfns, NOBODY);
    }

    AddrRange<VirtAddr> sharedWindow() {
        return shared;
    }

    AddrRange<VirtAddr> perCpuWindow() {
        return perCpu;
    }

    Outcome<VirtAddr> map(PhysAddr page) {
        int slot = slotOf(page.pfn());
        if (slot < 0) {
            slot = freeSlot();
            if (slot < 0) {
                return Outcome.failed(new SlotsInUse(page, SLOTS, false));
            }
            pfns[slot] = page.pfn();
            trace.kmapMapped(address(shared, slot).value(), page.value());
        }
        users[slot]++;
        return Outcome.done(address(shared, slot));
    }

    void unmap(VirtAddr address) {
        if (!isPage(shared, address) || users[slot(shared, address)] == 0) {
            throw new IllegalArgumentException("no kmap is in use at " + address);
        }
        users[slot(shared, address)]--;
    }

    Outcome<VirtAddr> mapAtomic(CpuId cpu, PhysAddr page) {
        check(cpu);
        int depth = atomicDepth[cpu.index()];
        if (depth == SLOTS_PER_CPU) {
            return Outcome.failed(new SlotsInUse(page, SLOTS_PER_CPU, true));
        }
        int slot = cpu.index() * SLOTS_PER_CPU + depth;
        atomicPfns[slot] = page.pfn();
        atomicDepth[cpu.index()]++;
        VirtAddr address = address(perCpu, slot);
        trace.kmapMapped(address.value(), page.value());
        return Outcome.done(address);
    }

    void unmapAtomic(CpuId cpu, VirtAddr address) {
        check(cpu);
        int top = cpu.index() * SLOTS_PER_CPU + atomicDepth[cpu.index()] - 1;
        if (atomicDepth[cpu.index()] == 0) {
            throw new IllegalArgumentException(cpu + " holds no atomic kmap: " + address);
        }
        if (!address.equals(address(perCpu, top))) {
            throw new IllegalArgumentException(
                    "the last atomic kmap of " + cpu + " must end first, " + address(perCpu, top) + ": " + address);
        }
        flush.kunmapAtomic(address, PhysAddr.ofPfn(atomicPfns[top]));
        atomicPfns[top] = NOBODY;
        atomicDepth[cpu.index()]--;
        trace.kmapUnmapped(address.value());
    }

    boolean contains(VirtAddr address) {
        return shared.contains(address) || perCpu.contains(address);
    }

    /** The byte at {@code address}, which these slots contain, or -1 if no page is there. */
    long phys(VirtAddr address) {
        boolean isShared = shared.contains(address);
        long pfn = isShared ? pfns[slot(shared, address)] : atomicPfns[slot(perCpu, address)];
        return pfn == NOBODY ? -1 : (pfn << PageSize.PAGE_SHIFT) | (address.value() & (PageSize.PAGE_BYTES - 1));
    }

    void aliases(PhysAddr page, Consumer<Alias> found) {
        int slot = slotOf(page.pfn());
        if (slot >= 0) {
            String who = users[slot] > 0 ? "kernel, kmap" : "kernel, kmap no longer in use";
            found.accept(new Alias(who, address(shared, slot), MemoryType.WRITE_BACK));
        }
        for (int i = 0; i < atomicPfns.length; i++) {
            if (atomicPfns[i] == page.pfn()) {
                String who = "kernel, kmap_atomic of " + new CpuId(i / SLOTS_PER_CPU);
                found.accept(new Alias(who, address(perCpu, i), MemoryType.WRITE_BACK));
            }
        }
    }

    private static void check(CpuId cpu) {
        if (cpu.index() >= MOST_CPUS) {
            throw new IllegalArgumentException("the fixmap has slots for " + MOST_CPUS + " CPUs: " + cpu);
        }
    }

    private int slotOf(long pfn) {
        for (int i = 0; i < SLOTS; i++) {
            if (pfns[i] == pfn) {
                return i;
            }
        }
        return -1;
    }

    /** The next slot that is empty, searched in a circle from the last one taken; -1 if there is none. */
    private int freeSlot() {
        int tries = SLOTS;
        int slot = lastSlot;
        do {
            slot = (slot + 1) & (SLOTS - 1);
            if (slot == 0) {
                emptyUnused();
                tries = SLOTS;
            }
            if (pfns[slot] == NOBODY) {
                lastSlot = slot;
                return slot;
            }
        } while (--tries > 0);
        return -1;
    }

    private void emptyUnused() {
        flush.kmapsEmptied();
        for (int i = 0; i < SLOTS; i++) {
            if (pfns[i] != NOBODY && users[i] == 0) {
                pfns[i] = NOBODY;
                trace.kmapUnmapped(address(shared, i).value());
            }
        }
    }

    private static boolean isPage(AddrRange<VirtAddr> window, VirtAddr address) {
        return window.contains(address) && (address.value() & (PageSize.PAGE_BYTES - 1)) == 0;
    }

    private static int slot(AddrRange<VirtAddr> window, VirtAddr address) {
        return (int) (address.minus(window.start()) >>> PageSize.PAGE_SHIFT);
    }

    private static VirtAddr address(AddrRange<VirtAddr> window, int slot) {
        return window.start().plus((long) slot << PageSize.PAGE_SHIFT);
    }
}
