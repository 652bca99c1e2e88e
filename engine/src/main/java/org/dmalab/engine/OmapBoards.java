package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.iommu.IommuModel;
import org.dmalab.engine.memory.ReservedMemory;

/** TI's boards: an MMU in front of each remote processor, and a display without one. */
final class OmapBoards {
    private OmapBoards() {}

    /** {@link Boards#omap4430}. */
    static Board omap4430() {
        Board.Memory plain = BoardParts.memory(new PhysAddr(0x80000000L), Bytes.gib(1));
        List<ReservedMemory> reserved = new ArrayList<>(plain.reserved());
        reserved.add(firmware("dsp", 0x98000000L, Bytes.mib(8)));
        reserved.add(firmware("ipu", 0x98800000L, Bytes.mib(112)));
        return new Board(
                "omap4430",
                BoardParts.cortexA9("Cortex-A9 1.0 GHz", 2, new CacheGeometry(Bytes.mib(1), 16, 32)),
                new Board.Memory(plain.banks(), plain.vmallocBytes(), 0, 0, reserved),
                CortexA9.at(1000),
                List.of(),
                List.of(
                        new Board.IommuNode("mmu_dsp", new PhysAddr(0x4A066000L), IommuModel.OMAP_MMU),
                        new Board.IommuNode("mmu_ipu", new PhysAddr(0x55082000L), IommuModel.OMAP_MMU)),
                List.of(
                        behind("dsp", "mmu_dsp"),
                        behind("ipu", "mmu_ipu"),
                        Board.Master.nonCoherent("dss", "", List.of(), Board.ANY_SEGMENT),
                        BoardParts.direct("mmc1")));
    }

    private static ReservedMemory firmware(String name, long start, long bytes) {
        return new ReservedMemory(name, new AddrRange<>(new PhysAddr(start), bytes), ReservedMemory.Kind.NO_MAP);
    }

    private static Board.Master behind(String name, String mmu) {
        return Board.Master.nonCoherent(name, "", List.of(Board.Link.to(mmu)), Board.ANY_SEGMENT);
    }
}
