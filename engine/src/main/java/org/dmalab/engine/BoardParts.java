package org.dmalab.engine;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.MaintenanceStyle;
import org.dmalab.engine.memory.ReservedMemory;

/** What boards have in common. */
final class BoardParts {
    private BoardParts() {}

    /** Cortex-A9 with 32 KiB of data cache behind {@code outer}. */
    static Board.Cores cortexA9(String name, int count, CacheGeometry outer) {
        return cores(name, count, 32, outer);
    }

    /** ARMv7 cores with 32 KiB of four ways, lines of {@code lineBytes}, behind {@code outer}. */
    static Board.Cores cores(String name, int count, int lineBytes, CacheGeometry outer) {
        CacheConfig inner = CacheConfig.of(new CacheGeometry(Bytes.kib(32), 4, lineBytes));
        return new Board.Cores(
                name,
                CacheTopology.of(inner, CacheConfig.of(outer)).withCpus(count),
                MaintenanceStyle.V7_2014,
                MemoryType.NORMAL_NONCACHEABLE);
    }

    /** One bank, no CMA area, no zone DMA, 240 MiB of vmalloc, and 8 MiB taken by the kernel image. */
    static Board.Memory memory(PhysAddr start, long bytes) {
        return new Board.Memory(List.of(new AddrRange<>(start, bytes)), Bytes.mib(240), 0, 0, kernelImage(start));
    }

    /** The 8 MiB that the kernel image takes. */
    static List<ReservedMemory> kernelImage(PhysAddr start) {
        return List.of(new ReservedMemory("kernel", new AddrRange<>(start, Bytes.mib(8)), ReservedMemory.Kind.KERNEL));
    }

    /** A device without an IOMMU, with the segment size of one that never said more. */
    static Board.Master direct(String name) {
        return Board.Master.nonCoherent(name, "", List.of(), Board.DEFAULT_SEGMENT);
    }
}
