package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.iommu.IommuModel;
import org.dmalab.engine.iommu.TegraSwgroup;
import org.dmalab.engine.memory.ReservedMemory;

/** NVIDIA's boards: one IOMMU in the memory controller for all devices. */
final class TegraBoards {
    private static final PhysAddr MEMORY_CONTROLLER = new PhysAddr(0x7000F000L);
    private static final CacheGeometry PL310 = new CacheGeometry(Bytes.mib(1), 8, 32);

    private TegraBoards() {}

    /** {@link Boards#tegra20}. */
    static Board tegra20() {
        List<Board.Master> masters = new ArrayList<>();
        for (String name : List.of("dc", "dcb", "gr2d", "gr3d", "vde")) {
            masters.add(Board.Master.nonCoherent(name, "", List.of(Board.Link.to("gart")), Board.ANY_SEGMENT));
        }
        masters.add(BoardParts.direct("sdhci"));
        return new Board(
                "tegra20",
                BoardParts.cortexA9("Cortex-A9 1.0 GHz", 2, PL310),
                BoardParts.memory(new PhysAddr(0), Bytes.gib(1)),
                CortexA9.at(1000),
                List.of(),
                List.of(new Board.IommuNode("gart", MEMORY_CONTROLLER, IommuModel.TEGRA20_GART)),
                masters);
    }

    /** {@link Boards#tegra30}. */
    static Board tegra30() {
        PhysAddr start = new PhysAddr(0x80000000L);
        Board.Memory plain = BoardParts.memory(start, Bytes.gib(1));
        List<ReservedMemory> reserved = new ArrayList<>(plain.reserved());
        reserved.add(new ReservedMemory(
                "framebuffer",
                new AddrRange<>(start.plus(Bytes.gib(1) - Bytes.mib(8)), Bytes.mib(8)),
                ReservedMemory.Kind.NO_MAP));
        return new Board(
                "tegra30",
                BoardParts.cortexA9("Cortex-A9 1.3 GHz", 4, PL310),
                new Board.Memory(plain.banks(), plain.vmallocBytes(), 0, 0, reserved),
                CortexA9.at(1300),
                List.of(),
                List.of(new Board.IommuNode("smmu", MEMORY_CONTROLLER, IommuModel.TEGRA30_SMMU)),
                List.of(
                        behindSmmu("dc", TegraSwgroup.DC),
                        behindSmmu("dcb", TegraSwgroup.DCB),
                        behindSmmu("epp", TegraSwgroup.EPP),
                        behindSmmu("gr2d", TegraSwgroup.G2),
                        behindSmmu("gr3d", TegraSwgroup.NV, TegraSwgroup.NV2),
                        behindSmmu("mpe", TegraSwgroup.MPE),
                        behindSmmu("vi", TegraSwgroup.VI),
                        behindSmmu("isp", TegraSwgroup.ISP),
                        behindSmmu("vde", TegraSwgroup.VDE),
                        behindSmmu("avp", TegraSwgroup.AVPC),
                        behindSmmu("hda", TegraSwgroup.HDA),
                        behindSmmu("host1x", TegraSwgroup.HC),
                        behindSmmu("pcie", TegraSwgroup.AFI),
                        behindSmmu("sata", TegraSwgroup.SATA),
                        behindSmmu("sdhci", TegraSwgroup.PPCS)));
    }

    private static Board.Master behindSmmu(String name, TegraSwgroup... swgroups) {
        List<Integer> ids = Arrays.stream(swgroups).map(TegraSwgroup::id).toList();
        return Board.Master.nonCoherent(name, "", List.of(new Board.Link("", "smmu", ids, 0)), Board.ANY_SEGMENT);
    }
}
