package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.iommu.IommuModel;

/** Samsung's boards: a System MMU at each interface of a media device. */
final class ExynosBoards {
    private static final String DRM = "drm";
    private static final DmaAddr WINDOW = new DmaAddr(0x20000000L);
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);

    private final List<Board.Window> windows = new ArrayList<>();
    private final List<Board.IommuNode> iommus = new ArrayList<>();
    private final List<Board.Master> masters = new ArrayList<>();

    private ExynosBoards() {}

    /** {@link Boards#exynos4412}. */
    static Board exynos4412() {
        ExynosBoards parts = new ExynosBoards();
        parts.windows.add(new Board.Window(DRM, new AddrRange<>(WINDOW, Bytes.gib(1)), 0));
        parts.media(Map.of(
                "fimc0", 0x11A20000L,
                "fimc1", 0x11A30000L,
                "fimc2", 0x11A40000L,
                "fimc3", 0x11A50000L,
                "jpeg", 0x11A60000L,
                "rotator", 0x12A30000L,
                "fimc-lite0", 0x123B0000L,
                "fimc-lite1", 0x123C0000L));
        parts.codec();
        parts.many(
                "fimc-is",
                List.of("isp", "drc", "fd", "mcuctl"),
                List.of(0x12260000L, 0x12270000L, 0x122A0000L, 0x122B0000L));
        parts.display(Map.of("fimd0", 0x11E20000L, "g2d", 0x10A40000L, "mixer", 0x12E20000L));
        return parts.board("exynos4412", "Cortex-A9 1.4 GHz", 4, 1400);
    }

    /** {@link Boards#exynos4210}. */
    static Board exynos4210() {
        ExynosBoards parts = new ExynosBoards();
        parts.windows.add(new Board.Window(DRM, new AddrRange<>(WINDOW, Bytes.gib(1)), 0));
        parts.media(Map.of(
                "fimc0", 0x11A20000L,
                "fimc1", 0x11A30000L,
                "fimc2", 0x11A40000L,
                "fimc3", 0x11A50000L,
                "jpeg", 0x11A60000L,
                "rotator", 0x12A30000L));
        parts.codec();
        parts.display(Map.of("fimd0", 0x11E20000L, "fimd1", 0x12220000L, "g2d", 0x12A20000L, "mixer", 0x12E20000L));
        return parts.board("exynos4210", "Cortex-A9 1.2 GHz", 2, 1200);
    }

    private Board board(String name, String cores, int cpus, int megahertz) {
        masters.add(BoardParts.direct("sdhci2"));
        return new Board(
                name,
                BoardParts.cortexA9(cores, cpus, new CacheGeometry(Bytes.mib(1), 16, 32)),
                BoardParts.memory(RAM, Bytes.gib(1)),
                CortexA9.at(megahertz),
                windows,
                iommus,
                masters);
    }

    /** Devices with one System MMU and a window of their own. */
    private void media(Map<String, Long> registers) {
        new TreeMap<>(registers).forEach((name, at) -> many(name, List.of(""), List.of(at)));
    }

    /** The codec's two ports, each with its System MMU ({@code iommu-names = "left", "right"}). */
    private void codec() {
        many("mfc", List.of("left", "right"), List.of(0x13620000L, 0x13630000L));
    }

    /** A device with a System MMU for each of {@code ports}, all of them on one domain with a window of its own. */
    private void many(String name, List<String> ports, List<Long> registers) {
        windows.add(new Board.Window(name, new AddrRange<>(WINDOW, Bytes.mib(128)), 4));
        List<Board.Link> links = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            links.add(Board.Link.named(ports.get(i), sysmmu(registers.get(i))));
        }
        masters.add(Board.Master.nonCoherent(name, name, links, Board.ANY_SEGMENT));
    }

    /** Devices that share the window of the display ({@code exynos_drm_iommu.c}). */
    private void display(Map<String, Long> registers) {
        new TreeMap<>(registers)
                .forEach((name, at) -> masters.add(
                        Board.Master.nonCoherent(name, DRM, List.of(Board.Link.to(sysmmu(at))), Board.ANY_SEGMENT)));
    }

    private String sysmmu(long registers) {
        String name = Long.toHexString(registers) + ".sysmmu";
        iommus.add(new Board.IommuNode(name, new PhysAddr(registers), IommuModel.EXYNOS_SYSMMU));
        return name;
    }
}
