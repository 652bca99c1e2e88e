package org.dmalab.engine.pagetable;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
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
 * Tables of the systems on a chip of 2011 and 2012, in nanoseconds, beside a {@code TreeMap}.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=SocTable
 * }</pre>
 *
 * <p>Half of the 4 KiB pages of 64 MiB are mapped. {@code mapUnmap} enters a page between two others and removes it; {@code
 * walk} translates a random address.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SocTableBenchmark {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(64);
    private static final long BASE = 0x20000000L;
    private static final int PAGES = 1 << 14;
    private static final long TARGET = 0x80000000L;

    /** The format. */
    @Param({"exynos", "omap", "msm", "tegra"})
    public String format = "exynos";

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
    private PageTable table = newTable();
    private final TreeMap<Long, Long> tree = new TreeMap<>();
    private int random = 1;

    private PageTable newTable() {
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        TableMemory tables =
                new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
        Outcome<? extends PageTable> made = switch (format) {
            case "exynos" -> ExynosSysmmuTable.create(tables, Era.V6_1);
            case "omap" -> OmapTable.create(tables, Era.V6_1, FlushOps.NONE);
            case "msm" -> MsmTable.create(tables, Era.V3_14, FlushOps.NONE);
            default -> TegraSmmuTable.create(tables, Era.V6_1, 32, pfn -> true, FlushOps.NONE);
        };
        return made.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    /** Maps every second page. */
    @Setup(Level.Trial)
    public void fill() {
        table = newTable();
        for (int page = 0; page < PAGES; page += 2) {
            if (enter(page) != PageSize.PAGE_BYTES) {
                throw new IllegalStateException(table.refusal().explain());
            }
            tree.put((long) page, TARGET + page);
        }
    }

    private int next() {
        random = random * 1664525 + 1013904223;
        return (random >>> 8) & (PAGES - 1);
    }

    private long enter(int page) {
        long offset = (long) page << PageSize.PAGE_SHIFT;
        return table.map(
                new DmaAddr(BASE + offset), new PhysAddr(TARGET + offset), PageSize.SMALL_4K, 1, IommuProt.READ_WRITE);
    }

    /** One page mapped, and unmapped. */
    @Benchmark
    public long mapUnmap() {
        int page = next() | 1;
        long entered = enter(page);
        return entered + table.unmap(new DmaAddr(BASE + ((long) page << PageSize.PAGE_SHIFT)), PageSize.SMALL_4K, 1);
    }

    /** The same in a map of boxed numbers. */
    @Benchmark
    public Object mapUnmapTree() {
        long page = next() | 1;
        tree.put(page, TARGET + page);
        return tree.remove(page);
    }

    /** The walk of a page that is mapped. */
    @Benchmark
    public Object walk() {
        return table.walk(new DmaAddr(BASE + ((long) (next() & -2) << PageSize.PAGE_SHIFT)), Access.READ);
    }
}
