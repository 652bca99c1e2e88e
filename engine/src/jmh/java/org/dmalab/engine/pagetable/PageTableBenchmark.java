package org.dmalab.engine.pagetable;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.trace.TraceSink;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The io-pgtables in nanoseconds, beside a {@code TreeMap}; what the C code takes is in {@code golden/io-pgtable-timings.txt}.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=PageTableBenchmark
 * }</pre>
 *
 * <p>{@code mapUnmap} enters a page of 4 KiB in a table that is there, and removes it, as the C figures do; {@code mapUnmap64K}
 * 64 KiB; {@code walk} and {@code iovaToPhys} translate one of 512 pages; {@code gib} maps 1 GiB as sections of 1 or 2 MiB, and
 * unmaps it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PageTableBenchmark {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(64);
    private static final long BASE = 0x20000000L;
    private static final long TARGET = 0x80000000L;
    private static final int PAGES = 512;
    private static final DmaAddr GIB = new DmaAddr(0x80000000L);
    private static final PageSize BLOCK_2M = new PageSize(21);

    /** The format. */
    @Param({"v7s", "lpae"})
    public String format = "v7s";

    private PageTable table = newTable();
    private final TreeMap<Long, Long> tree = new TreeMap<>();
    private int random = 1;

    private PageTable newTable() {
        PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        TableMemory tables =
                new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
        Outcome<? extends PageTable> made = format.equals("v7s")
                ? V7sTable.create(tables, IoPgtableConfig.of(0x1111000, 32, 32), FlushOps.NONE)
                : LpaeTable.create(tables, LpaeFormat.ARM_64_S1, IoPgtableConfig.of(0x40201000, 48, 48), FlushOps.NONE);
        return made.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    /** Maps every page but each second. */
    @Setup(Level.Trial)
    public void fill() {
        table = newTable();
        for (int page = 0; page < PAGES; page += 2) {
            if (enter(page, PageSize.SMALL_4K, 1) != PageSize.PAGE_BYTES) {
                throw new IllegalStateException(table.refusal().explain());
            }
            tree.put((long) page, TARGET + page);
        }
    }

    private int next() {
        random = random * 1664525 + 1013904223;
        return (random >>> 8) & (PAGES - 1);
    }

    private long enter(int page, PageSize size, int count) {
        long offset = (long) page << PageSize.PAGE_SHIFT;
        return table.map(new DmaAddr(BASE + offset), new PhysAddr(TARGET + offset), size, count, IommuProt.READ_WRITE);
    }

    /** One page mapped, and unmapped. */
    @Benchmark
    public long mapUnmap() {
        int page = next() | 1;
        long entered = enter(page, PageSize.SMALL_4K, 1);
        return entered + table.unmap(new DmaAddr(BASE + ((long) page << PageSize.PAGE_SHIFT)), PageSize.SMALL_4K, 1);
    }

    /** The same in a map of boxed numbers. */
    @Benchmark
    public Object mapUnmapTree() {
        long page = next() | 1;
        tree.put(page, TARGET + page);
        return tree.remove(page);
    }

    /** 64 KiB: one large page of v7s, 16 pages of LPAE. */
    @Benchmark
    public long mapUnmap64K() {
        boolean large = format.equals("v7s");
        PageSize size = large ? PageSize.LARGE_64K : PageSize.SMALL_4K;
        int count = large ? 1 : 16;
        int page = PAGES + (next() & -16);
        long entered = enter(page, size, count);
        return entered + table.unmap(new DmaAddr(BASE + ((long) page << PageSize.PAGE_SHIFT)), size, count);
    }

    /** The walk of a page that is mapped. */
    @Benchmark
    public Object walk() {
        return table.walk(new DmaAddr(BASE + ((long) (next() & -2) << PageSize.PAGE_SHIFT)), Access.READ);
    }

    /** The driver's answer for a page that is mapped. */
    @Benchmark
    public long iovaToPhys() {
        return table.iovaToPhys(new DmaAddr(BASE + ((long) (next() & -2) << PageSize.PAGE_SHIFT)))
                .value();
    }

    /** The same in a map of boxed numbers. */
    @Benchmark
    public Object translateTree() {
        return tree.floorEntry((long) (next() & -2));
    }

    /** 1 GiB mapped as sections, and unmapped. */
    @Benchmark
    public long gib() {
        boolean shorts = format.equals("v7s");
        PageSize size = shorts ? PageSize.SECTION_1M : BLOCK_2M;
        int count = shorts ? 1024 : 512;
        long entered = table.map(GIB, new PhysAddr(TARGET), size, count, IommuProt.READ_WRITE);
        return entered + table.unmap(GIB, size, count);
    }
}
