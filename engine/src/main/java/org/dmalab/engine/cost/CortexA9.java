package org.dmalab.engine.cost;

import java.util.EnumMap;
import java.util.Map;

/** Prices of a Cortex-A9 with a PL310 outer cache. */
public final class CortexA9 {
    private static final String SEVEN_CPU = "7-cpu.com, Cortex-A9 in Exynos 4210";
    private static final String TINYMEMBENCH = "tinymembench, Cortex-A9 in Amlogic S812 at 1.2 GHz (sbc-bench)";

    private CortexA9() {}

    /** The table for a core of {@code megahertz}, with 32-byte lines. */
    public static CostModel at(int megahertz) {
        double cycle = 1000.0 / megahertz;
        Map<Price, CostModel.Entry> prices = new EnumMap<>(Price.class);
        put(prices, Price.L1_HIT, 4 * cycle, SEVEN_CPU + ": 4 cycles");
        put(prices, Price.L2_HIT, 23 * cycle, SEVEN_CPU + ": 23 cycles");
        put(prices, Price.RAM_RANDOM, 23 * cycle + 110, SEVEN_CPU + ": L2 + 110 ns");
        put(prices, Price.RAM_STREAM, perBytes(32, 1641.8), TINYMEMBENCH + ": NEON read 1641.8 MB/s");
        put(prices, Price.WRITE_BACK_RANDOM, perBytes(32, 470), SEVEN_CPU + ": 470 MB/s of random lines");
        put(prices, Price.WRITE_BACK_STREAM, perBytes(32, 3333.7), TINYMEMBENCH + ": memset 3333.7 MB/s");
        put(prices, Price.ZERO_LINE, perBytes(32, 3333.7), TINYMEMBENCH + ": memset 3333.7 MB/s");
        put(prices, Price.UNCACHED_READ, perBytes(8, 284.7), TINYMEMBENCH + ": read of a framebuffer 284.7 MB/s");
        put(prices, Price.UNCACHED_WRITE, perBytes(8, 3333.7), CostModel.ASSUMED + "writes gather, so as memset");
        put(prices, Price.ORDERED_WRITE, 110, CostModel.ASSUMED + "each write waits for RAM, 110 ns as a read");
        put(prices, Price.INNER_OP, 10 * cycle, CostModel.ASSUMED + "10 cycles to issue");
        put(prices, Price.OUTER_OP, 30, CostModel.ASSUMED + "a device write to the PL310, 20-40 ns");
        put(prices, Price.PAGE_ALLOC, 150, CostModel.ASSUMED + "about 200 instructions");
        put(prices, Price.KERNEL_PTE, 20, CostModel.ASSUMED + "a store and its clean");
        put(prices, Price.USER_PTE, 40, CostModel.ASSUMED + "a store, its clean, and the page's bookkeeping");
        put(prices, Price.KERNEL_TLB_FLUSH, 1000, CostModel.ASSUMED + "one broadcast to all CPUs");
        put(prices, Price.IOVA_SEARCH, 100, CostModel.ASSUMED + "a lock and two bit operations");
        put(prices, Price.IOVA_WORD, 4 * cycle, SEVEN_CPU + ": a load that hits, 4 cycles");
        put(prices, Price.TABLE_WORD, 4 * cycle, SEVEN_CPU + ": a store that hits, 4 cycles");
        put(prices, Price.TABLE_WALK_LEVEL, 110, SEVEN_CPU + ": RAM 110 ns");
        put(prices, Price.IOTLB_COMMAND, 300, CostModel.ASSUMED + "three device registers at 100 ns");
        put(prices, Price.DEVICE_LINE, perBytes(32, 1600), CostModel.ASSUMED + "64 bits at 200 MHz");
        put(
                prices,
                Price.PAGE_MIGRATE,
                perBytes(4096, 1163) + 5000,
                TINYMEMBENCH + ": memcpy 1163 MB/s; " + CostModel.ASSUMED + "5 µs to unmap, remap and flush the TLBs");
        put(prices, Price.MIGRATE_RETRY, 5000, CostModel.ASSUMED + "5 µs to unmap, find it busy, and map again");
        put(prices, Price.SNOOP_HIT, 23 * cycle, CostModel.ASSUMED + "as a hit in the outer cache");
        put(prices, Price.BARRIER, 100, CostModel.ASSUMED + "one device write that is waited for");
        return new CostModel("Cortex-A9 " + megahertz + " MHz", prices);
    }

    private static void put(Map<Price, CostModel.Entry> prices, Price price, double nanos, String source) {
        CostModel.Entry before = prices.put(price, new CostModel.Entry(nanos, source));
        assert before == null : "priced twice: " + price;
    }

    /** Nanoseconds for {@code bytes} at {@code megabytesPerSecond}. */
    private static double perBytes(int bytes, double megabytesPerSecond) {
        return bytes * 1000.0 / megabytesPerSecond;
    }
}
