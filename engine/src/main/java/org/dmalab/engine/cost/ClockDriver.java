package org.dmalab.engine.cost;

import java.util.EnumMap;
import java.util.Map;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.trace.TraceSink;

/** Charges each event with its price and advances the clock by it: the one listener that the model's time depends on. */
public final class ClockDriver implements TraceSink {
    private static final int BUS_BYTES = 8;
    private static final int DEVICE_BYTES = 32;

    private final SimClock clock = new SimClock();
    private final int lineBytes;
    private final int levels;
    private final long[] prices = new long[Price.values().length];
    private final long[] spent = new long[Cause.values().length];
    private long speculativePicos;
    /** By what was asked for, and by what was not: a guess between two fills does not make the second a random one. */
    private final long[] lastLineFilled = new long[2];

    private final long[] lastLineWritten = new long[2];

    /**
     * A clock at zero that charges {@code model}'s prices.
     *
     * @param lineBytes of the inner caches
     * @param levels how many levels of cache there are: what leaves the last one goes to RAM
     */
    public ClockDriver(CostModel model, int lineBytes, int levels) {
        this.levels = levels;
        this.lineBytes = lineBytes;
        for (Price price : Price.values()) {
            prices[price.ordinal()] = model.picos(price);
        }
    }

    /** The clock it drives. */
    public SimClock clock() {
        return clock;
    }

    /**
     * What lines that nobody asked for kept caches and memory busy with since boot, in nanoseconds: their fills, and the
     * write-backs of what made room for them. No CPU waits for it, so it is neither in the ledger nor on the clock.
     */
    public double speculativeNanos() {
        return speculativePicos / 1000.0;
    }

    /** Everything spent since boot, by cause. */
    public Ledger ledger() {
        Map<Cause, Long> picos = new EnumMap<>(Cause.class);
        for (Cause cause : Cause.values()) {
            if (spent[cause.ordinal()] != 0) {
                picos.put(cause, spent[cause.ordinal()]);
            }
        }
        return new Ledger(picos);
    }

    private void charge(Cause cause, Price price, long count) {
        long picos = prices[price.ordinal()] * count;
        spent[cause.ordinal()] += picos;
        clock.advance(picos);
    }

    /** Charges what a cacheable access took, or adds it to what nobody waits for. */
    private void chargeCached(Price price, long count, boolean speculative) {
        if (speculative) {
            speculativePicos += prices[price.ordinal()] * count;
        } else {
            charge(Cause.CPU_CACHED, price, count);
        }
    }

    private static int beats(int bytes) {
        return (bytes + BUS_BYTES - 1) / BUS_BYTES;
    }

    private long lines(long bytes) {
        return (bytes + lineBytes - 1) / lineBytes;
    }

    @Override
    public void pageAllocated(long pfn, int order, int migrateType) {
        charge(Cause.ALLOCATE, Price.PAGE_ALLOC, 1);
    }

    @Override
    public void pageFreed(long pfn, int order) {
        charge(Cause.ALLOCATE, Price.PAGE_ALLOC, 1);
    }

    @Override
    public void memoryZeroed(long phys, long bytes) {
        charge(Cause.ZERO, Price.ZERO_LINE, lines(bytes));
    }

    @Override
    public void vmapMapped(long virt, long pages, MemoryType type) {
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_PTE, pages);
    }

    @Override
    public void vmapUnmapped(long virt, long pages) {
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_PTE, pages);
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_TLB_FLUSH, 1);
    }

    @Override
    public void userMapped(long virt, long pages, MemoryType type) {
        charge(Cause.USER_MAPPING, Price.USER_PTE, pages);
    }

    @Override
    public void userUnmapped(long virt, long pages) {
        charge(Cause.USER_MAPPING, Price.USER_PTE, pages);
        charge(Cause.USER_MAPPING, Price.KERNEL_TLB_FLUSH, 1);
    }

    @Override
    public void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {
        int beats = beats(bytes);
        if (type.cacheable()) {
            switch (servedBy) {
                case 1 -> charge(Cause.CPU_CACHED, Price.L1_HIT, 1);
                case 2 -> charge(Cause.CPU_CACHED, Price.L2_HIT, 1);
                default -> {
                    // Charged by what it took: lineFilled, lineTransferred or storeWrittenThrough.
                }
            }
            return;
        }
        if (!write) {
            charge(Cause.CPU_UNCACHED, Price.UNCACHED_READ, beats);
        } else if (type == MemoryType.NORMAL_NONCACHEABLE) {
            charge(Cause.CPU_UNCACHED, Price.UNCACHED_WRITE, beats);
        } else {
            charge(Cause.CPU_UNCACHED, Price.ORDERED_WRITE, beats);
        }
    }

    @Override
    public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
        int process = speculative ? 1 : 0;
        boolean streams = phys == lastLineFilled[process] + bytes;
        chargeCached(streams ? Price.RAM_STREAM : Price.RAM_RANDOM, 1, speculative);
        lastLineFilled[process] = phys;
    }

    @Override
    public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
        if (level == levels) {
            int process = speculative ? 1 : 0;
            boolean streams = phys == lastLineWritten[process] + bytes;
            chargeCached(streams ? Price.WRITE_BACK_STREAM : Price.WRITE_BACK_RANDOM, 1, speculative);
            lastLineWritten[process] = phys;
        }
    }

    @Override
    public void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
        chargeCached(Price.UNCACHED_WRITE, beats(bytes), speculative);
    }

    @Override
    public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
        charge(Cause.CACHE_MAINTENANCE, level == 1 ? Price.INNER_OP : Price.OUTER_OP, lines);
        charge(Cause.CACHE_MAINTENANCE, level < levels ? Price.L2_HIT : Price.WRITE_BACK_STREAM, writtenBack);
    }

    @Override
    public void barrier(int cpu) {
        charge(Cause.BARRIER, Price.BARRIER, 1);
    }

    @Override
    public void tableWritten(long descriptorPhys, long word) {
        charge(Cause.TABLE_WRITE, Price.TABLE_WORD, 1);
    }

    @Override
    public void tableFlushed(long phys, long bytes) {
        charge(Cause.TABLE_WRITE, Price.INNER_OP, lines(bytes));
        charge(Cause.TABLE_WRITE, Price.OUTER_OP, lines(bytes));
    }

    @Override
    public void tableWalked(BusMaster master, long iova, int levels) {
        charge(Cause.TABLE_WALK, Price.TABLE_WALK_LEVEL, levels);
    }

    @Override
    public void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
        charge(Cause.IOTLB_INVALIDATE, Price.IOTLB_COMMAND, commands);
    }

    @Override
    public void iovaAllocated(long iova, long bytes, int words) {
        charge(Cause.IOVA, Price.IOVA_SEARCH, 1);
        charge(Cause.IOVA, Price.IOVA_WORD, words);
    }

    @Override
    public void iovaFreed(long iova, long bytes) {
        charge(Cause.IOVA, Price.IOVA_SEARCH, 1);
    }

    @Override
    public void deviceAccess(BusMaster device, long dma, long phys, long bytes, boolean write) {
        charge(Cause.DEVICE, Price.DEVICE_LINE, (bytes + DEVICE_BYTES - 1) / DEVICE_BYTES);
    }

    @Override
    public void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {
        if (cpu < 0) {
            charge(Cause.DEVICE, Price.SNOOP_HIT, 1);
        } else {
            chargeCached(Price.SNOOP_HIT, 1, speculative);
        }
    }

    @Override
    public void linearRemapped(long virt, long pages, int type) {
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_PTE, pages);
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_TLB_FLUSH, 1);
    }

    @Override
    public void kmapMapped(long virt, long phys) {
        charge(Cause.KERNEL_MAPPING, Price.KERNEL_PTE, 1);
    }

    @Override
    public void pageMigrated(long fromPfn, long toPfn) {
        charge(Cause.MIGRATE, Price.PAGE_MIGRATE, 1);
    }

    @Override
    public void pageMigrationFailed(long pfn, int errno) {
        charge(Cause.MIGRATE, Price.MIGRATE_RETRY, 1);
    }

    @Override
    public void cmaAllocStarted(int area, long count, int alignOrder) {
        charge(Cause.ALLOCATE, Price.PAGE_ALLOC, 1);
    }

    @Override
    public void cmaBusyRetry(int area, long pfn, long count, int alignOrder) {
        charge(Cause.MIGRATE, Price.MIGRATE_RETRY, 1);
    }
}
