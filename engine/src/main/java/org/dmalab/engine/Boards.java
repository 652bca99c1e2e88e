package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.MaintenanceStyle;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.memory.ReservedMemory;

/** The boards that are known by name. */
public final class Boards {
    private static final String DRM = "drm";
    /** {@code HUGETLB_PAGE_ORDER} with pages of 4 KiB: blocks of 2 MiB. */
    private static final int PMD_ORDER = 9;

    private Boards() {}

    /**
     * Samsung Exynos 4412 on an Odroid-X or Origen: four Cortex-A9 at 1.4 GHz behind a PL310 of 1 MiB, 1 GiB of RAM, a
     * System MMU for every media device ({@code arch/arm/boot/dts/exynos4.dtsi}, {@code exynos4x12.dtsi}).
     *
     * <p>The display devices share one window of 1 GiB, as {@code exynos_drm_iommu.c} sets it up; each media device has
     * 128 MiB in granules of 64 KiB, as the vendor's trees of 2012 did. FIMC-IS sits behind four System MMUs. {@code sdhci2}
     * stands for the devices without an IOMMU.
     */
    public static Board exynos4412() {
        List<Board.Window> windows = new ArrayList<>();
        List<Board.Master> masters = new ArrayList<>();
        windows.add(new Board.Window(DRM, window(Bytes.gib(1)), 0));
        Map<String, Long> media = new TreeMap<>(Map.of(
                "fimc0", 0x11A20000L,
                "fimc1", 0x11A30000L,
                "fimc2", 0x11A40000L,
                "fimc3", 0x11A50000L,
                "jpeg", 0x11A60000L,
                "rotator", 0x12A30000L,
                "mfc-l", 0x13620000L,
                "mfc-r", 0x13630000L,
                "fimc-lite0", 0x123B0000L,
                "fimc-lite1", 0x123C0000L));
        media.forEach((name, registers) -> {
            windows.add(mediaWindow(name));
            masters.add(Board.Master.nonCoherent(name, name, List.of(sysmmu(registers)), Board.ANY_SEGMENT));
        });
        windows.add(mediaWindow("fimc-is"));
        masters.add(Board.Master.nonCoherent(
                "fimc-is",
                "fimc-is",
                List.of(sysmmu(0x12260000L), sysmmu(0x12270000L), sysmmu(0x122A0000L), sysmmu(0x122B0000L)),
                Board.ANY_SEGMENT));
        Map<String, Long> display = new TreeMap<>(Map.of(
                "fimd0", 0x11E20000L,
                "g2d", 0x10A40000L,
                "mixer", 0x12E20000L));
        display.forEach((name, registers) ->
                masters.add(Board.Master.nonCoherent(name, DRM, List.of(sysmmu(registers)), Board.ANY_SEGMENT)));
        masters.add(Board.Master.nonCoherent("sdhci2", "", List.of(), Board.DEFAULT_SEGMENT));
        return new Board(
                "exynos4412",
                cortexA9("Cortex-A9 1.4 GHz", 4, new CacheGeometry(Bytes.mib(1), 16, 32)),
                memory(new PhysAddr(0x40000000L), Bytes.gib(1)),
                CortexA9.at(1400),
                windows,
                masters);
    }

    /**
     * Xilinx Zynq-7000 on a ZedBoard: two Cortex-A9 at 667 MHz behind a PL310 of 512 KiB, 512 MiB of RAM at physical address
     * 0, no IOMMU. A DMA engine in the fabric can be wired to one of the HP ports, below the caches, or to the ACP, which
     * goes through them.
     */
    public static Board zynq7000() {
        return new Board(
                "zynq7000",
                cortexA9("Cortex-A9 667 MHz", 2, new CacheGeometry(Bytes.kib(512), 8, 32)),
                memory(new PhysAddr(0), Bytes.mib(512)),
                CortexA9.at(667),
                List.of(),
                List.of(
                        Board.Master.nonCoherent("axidma-hp", "", List.of(), Board.ANY_SEGMENT),
                        Board.Master.nonCoherent("axidma-acp", "", List.of(), Board.ANY_SEGMENT)
                                .on(Board.Port.SNOOPED, true)));
    }

    /**
     * A 64-bit machine of which RAM is looked at, {@code bytes} of it from address 0: the caches of a Raspberry Pi 4, whose first
     * GiB is zone DMA; DMA32 to 4 GiB and Normal above; pageblocks of 2 MiB. It has no devices and no CMA, and nothing on it
     * takes time.
     *
     * @param bytes whole MiB, 32 MiB..64 GiB
     */
    public static Board arm64(long bytes) {
        if (bytes < Bytes.mib(32) || bytes > Bytes.gib(64) || bytes % Bytes.mib(1) != 0) {
            throw new IllegalArgumentException("RAM must be whole MiB, 32 MiB..64 GiB: " + bytes);
        }
        return arm64(
                "arm64", List.of(new AddrRange<>(new PhysAddr(0), bytes)), Bytes.gib(1), PMD_ORDER, kernelImage(0));
    }

    /** {@link #arm64(long)} with RAM where it is said to be. */
    static Board arm64(
            String name,
            List<AddrRange<PhysAddr>> banks,
            long dmaZoneBytes,
            int pageblockOrder,
            List<ReservedMemory> reserved) {
        // BCM2711: four Cortex-A72 with 32 KiB of data cache each (TRM 100095 6.1) and 1 MiB of L2, lines of 64 bytes.
        CacheTopology caches = CacheTopology.of(
                        CacheConfig.of(new CacheGeometry(Bytes.kib(32), 2, 64)),
                        CacheConfig.of(new CacheGeometry(Bytes.mib(1), 16, 64)))
                .withCpus(4);
        return new Board(
                name,
                new Board.Cores("Cortex-A72", caches, MaintenanceStyle.V7_2014, MemoryType.NORMAL_NONCACHEABLE),
                new Board.Memory(banks, 0, dmaZoneBytes, 0, reserved, Architecture.ARM64, pageblockOrder),
                CostModel.ZERO,
                List.of(),
                List.of());
    }

    private static List<ReservedMemory> kernelImage(long start) {
        return List.of(new ReservedMemory(
                "kernel", new AddrRange<>(new PhysAddr(start), Bytes.mib(8)), ReservedMemory.Kind.KERNEL));
    }

    private static Board.Cores cortexA9(String name, int count, CacheGeometry outer) {
        CacheConfig inner = CacheConfig.of(new CacheGeometry(Bytes.kib(32), 4, 32));
        return new Board.Cores(
                name,
                CacheTopology.of(inner, CacheConfig.of(outer)).withCpus(count),
                MaintenanceStyle.V7_2014,
                MemoryType.NORMAL_NONCACHEABLE);
    }

    /** One bank, no CMA area, no zone DMA, 240 MiB of vmalloc, and 8 MiB taken by the kernel image. */
    private static Board.Memory memory(PhysAddr start, long bytes) {
        return new Board.Memory(
                List.of(new AddrRange<>(start, bytes)), Bytes.mib(240), 0, 0, kernelImage(start.value()));
    }

    private static AddrRange<DmaAddr> window(long bytes) {
        return new AddrRange<>(new DmaAddr(0x20000000L), bytes);
    }

    private static Board.Window mediaWindow(String name) {
        return new Board.Window(name, window(Bytes.mib(128)), 4);
    }

    private static Board.Sysmmu sysmmu(long registers) {
        return new Board.Sysmmu(Long.toHexString(registers) + ".sysmmu", new PhysAddr(registers));
    }
}
