package org.dmalab.engine.iommu;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
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
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.TableMemory;
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
 * Translations of a device's accesses by their IO-TLB, in nanoseconds.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args="IoTlb -prof gc"
 * }</pre>
 *
 * <p>4 KiB pages, each to another place. {@code hit} goes to random ones of the eight that its IO-TLB holds; {@code miss} to
 * each of 16,384 pages in turn of a stride, so that every access walks and takes a line; {@code walk} is the walk alone, of four
 * levels where the SMMU's table is walked.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class IoTlbBenchmark {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(64);
    private static final long BASE = 0x20000000L;
    private static final int PAGES = 1 << 14;
    private static final long TARGET = 0x80000000L;
    private static final int HELD = 8;
    /** A stream id that each of them knows: on Tegra the swgroup of the display. */
    private static final int ID = 1;
    /** Odd, so that it visits all pages, and not a neighbour of the last. */
    private static final int STRIDE = 1237;

    /** The hardware; {@code smmu-plain} has no walk cache. */
    @Param({"sysmmu1", "sysmmu2", "omap", "tegra", "smmu", "smmu-plain"})
    public String hardware = "smmu";

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
    private final BusMaster device = new BusMaster(0, "dev");
    private IommuDevice attached = newMachine();
    private Iommu iommu = attached.fwspec().interfaces().get(0).iommu();
    private IommuDomain domain = attached.domain().orElseThrow();
    private WalkCache walks = new WalkCache(0, false);
    private int random = 1;
    private int page;

    private IommuDevice newMachine() {
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        TableMemory tables =
                new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
        IommuCore core = new IommuCore(new IommuCore.Platform(
                Era.V6_1,
                DefaultTranslation.STRICT,
                tables,
                ram,
                pfn -> true,
                new FaultLog(() -> 0, MappingHistory.NONE),
                TraceSink.NONE));
        Iommu made = core.iommu("mmu", new PhysAddr(0), model(), geometry());
        IommuFwspec.Interface only = new IommuFwspec.Interface("", made, List.of(ID), 0);
        IommuDevice behind = core.device(device, new IommuFwspec(List.of(only)), List.of());
        behind.connect(core.allocDomain(behind, DomainType.UNMANAGED)
                .orElseThrow(reason -> new IllegalStateException(reason.explain())));
        return behind;
    }

    private IommuModel model() {
        return switch (hardware) {
            case "sysmmu1", "sysmmu2" -> IommuModel.EXYNOS_SYSMMU;
            case "omap" -> IommuModel.OMAP_MMU;
            case "tegra" -> IommuModel.TEGRA30_SMMU;
            default -> IommuModel.ARM_SMMU_V3;
        };
    }

    private IoTlbGeometry geometry() {
        return switch (hardware) {
            case "sysmmu1" -> IoTlbGeometry.EXYNOS_V1;
            case "sysmmu2" -> IoTlbGeometry.EXYNOS_V2;
            case "omap" -> IoTlbGeometry.OMAP;
            case "tegra" -> IoTlbGeometry.TEGRA30;
            case "smmu" -> IoTlbGeometry.smmu(64, 4);
            default -> IoTlbGeometry.smmu(64, 4).withTableWords(0, false);
        };
    }

    /** Maps every page, and translates those of {@link #hit}. */
    @Setup(Level.Iteration)
    public void fill() {
        attached = newMachine();
        iommu = attached.fwspec().interfaces().get(0).iommu();
        domain = attached.domain().orElseThrow();
        walks = new WalkCache(geometry().tableWords(), false);
        for (int i = 0; i < PAGES; i++) {
            long scattered = TARGET + ((long) (i ^ 1) << PageSize.PAGE_SHIFT);
            if (domain.map(new DmaAddr(iova(i)), new PhysAddr(scattered), PageSize.PAGE_BYTES)
                    .isFailed()) {
                throw new IllegalStateException("page " + i + " is not mapped");
            }
        }
        for (int i = 0; i < HELD; i++) {
            if (iommu.translateOrFault(device, ID, iova(i), false) == TranslationUnit.FAULT) {
                throw new IllegalStateException("page " + i + " does not translate");
            }
        }
    }

    private static long iova(int page) {
        return BASE + ((long) page << PageSize.PAGE_SHIFT);
    }

    private int next() {
        page = (page + STRIDE) & (PAGES - 1);
        return page;
    }

    /** A page that the IO-TLB has. */
    @Benchmark
    public long hit() {
        random = random * 1664525 + 1013904223;
        return iommu.translateOrFault(device, ID, iova(random >>> 29), false);
    }

    /** A page that it has no more. */
    @Benchmark
    public long miss() {
        return iommu.translateOrFault(device, ID, iova(next()), false);
    }

    /** What a miss reads. */
    @Benchmark
    public Object walk() {
        return domain.table().walk(new DmaAddr(iova(next())), Access.READ, walks);
    }
}
