package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.iommu.IommuModel;

/** Qualcomm's boards: an IOMMU with several contexts at each media block; a device here is what the driver calls a context. */
final class MsmBoards {
    private static final List<Integer> FIRST = List.of(0);
    private static final List<Integer> SECOND = List.of(1);

    private final List<Board.IommuNode> iommus = new ArrayList<>();
    private final List<Board.Master> masters = new ArrayList<>();

    private MsmBoards() {}

    /** {@link Boards#msm8660}. */
    static Board msm8660() {
        MsmBoards parts = new MsmBoards();
        List<Integer> rgb = Stream.concat(Stream.of(1), range(3, 10)).toList();
        List<Integer> codec = Stream.concat(Stream.of(0, 1), range(6, 15)).toList();
        parts.scaler("jpegd", 0x07300000L);
        parts.scaler("vpe", 0x07400000L);
        parts.iommu("mdp0", 0x07500000L);
        parts.context("mdp_vg1", "mdp0", 0, List.of(0, 2));
        parts.context("mdp_rgb1", "mdp0", 1, rgb);
        parts.iommu("mdp1", 0x07600000L);
        parts.context("mdp_vg2", "mdp1", 0, List.of(0, 2));
        parts.context("mdp_rgb2", "mdp1", 1, rgb);
        parts.scaler("rot", 0x07700000L);
        parts.scaler("ijpeg", 0x07800000L);
        parts.iommu("vfe", 0x07900000L);
        parts.context("vfe_imgwr", "vfe", 0, range(2, 8).toList());
        parts.context("vfe_misc", "vfe", 1, List.of(0, 1, 9));
        parts.iommu("vcodec_a", 0x07A00000L);
        parts.context("vcodec_a_stream", "vcodec_a", 0, List.of(2, 5));
        parts.context("vcodec_a_mm1", "vcodec_a", 1, codec);
        parts.iommu("vcodec_b", 0x07B00000L);
        parts.context("vcodec_b_mm2", "vcodec_b", 0, codec);
        parts.iommu("gfx3d", 0x07C00000L);
        parts.context("gfx3d_user", "gfx3d", 0, range(0, 15).toList());
        parts.context("gfx3d_priv", "gfx3d", 1, range(16, 31).toList());
        parts.iommu("gfx2d0", 0x07D00000L);
        parts.context("gfx2d0_2d0", "gfx2d0", 0, range(0, 7).toList());
        parts.iommu("gfx2d1", 0x07E00000L);
        parts.context("gfx2d1_2d1", "gfx2d1", 0, range(0, 7).toList());
        parts.masters.add(BoardParts.direct("sdcc1"));
        return new Board(
                "msm8660",
                BoardParts.cores("Scorpion 1.5 GHz", 2, 32, new CacheGeometry(Bytes.kib(512), 8, 32)),
                BoardParts.memory(new PhysAddr(0x40000000L), Bytes.gib(1)),
                CortexA9.at(1500).standingFor("Scorpion 1500 MHz"),
                List.of(),
                parts.iommus,
                parts.masters);
    }

    private static Stream<Integer> range(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed();
    }

    /** A block that reads in one context and writes in the other. */
    private void scaler(String name, long registers) {
        iommu(name, registers);
        context(name + "_src", name, 0, FIRST);
        context(name + "_dst", name, 1, SECOND);
    }

    private void iommu(String name, long registers) {
        iommus.add(new Board.IommuNode(name, new PhysAddr(registers), IommuModel.MSM_IOMMU));
    }

    private void context(String name, String iommu, int bank, List<Integer> mids) {
        masters.add(
                Board.Master.nonCoherent(name, "", List.of(new Board.Link("", iommu, mids, bank)), Board.ANY_SEGMENT));
    }
}
