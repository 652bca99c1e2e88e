package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cost.CortexA9;

/** The boards that are known by name. */
public final class Boards {
    private static final String DRM = "drm";

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
            masters.add(new Board.Master(name, name, List.of(sysmmu(registers)), Board.ANY_SEGMENT));
        });
        windows.add(mediaWindow("fimc-is"));
        masters.add(new Board.Master(
                "fimc-is",
                "fimc-is",
                List.of(sysmmu(0x12260000L), sysmmu(0x12270000L), sysmmu(0x122A0000L), sysmmu(0x122B0000L)),
                Board.ANY_SEGMENT));
        Map<String, Long> display = new TreeMap<>(Map.of(
                "fimd0", 0x11E20000L,
                "g2d", 0x10A40000L,
                "mixer", 0x12E20000L));
        display.forEach((name, registers) ->
                masters.add(new Board.Master(name, DRM, List.of(sysmmu(registers)), Board.ANY_SEGMENT)));
        masters.add(new Board.Master("sdhci2", "", List.of(), Board.DEFAULT_SEGMENT));
        return new Board(
                "exynos4412",
                "Cortex-A9 1.4 GHz",
                new AddrRange<>(new PhysAddr(0x40000000L), Bytes.gib(1)),
                Bytes.mib(240),
                new AddrRange<>(new PhysAddr(0x40000000L), Bytes.mib(8)),
                CacheConfig.of(Bytes.kib(32), 4, 32),
                CacheConfig.of(Bytes.mib(1), 16, 32),
                MemoryType.NORMAL_NONCACHEABLE,
                CortexA9.at(1400),
                windows,
                masters);
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
