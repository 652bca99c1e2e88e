package org.dmalab.engine;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheGeometry;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.MaintenanceStyle;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.memory.ReservedMemory;

/** 64-bit machines of which RAM is looked at. */
final class Arm64Boards {
    /** {@code HUGETLB_PAGE_ORDER} with pages of 4 KiB: blocks of 2 MiB. */
    private static final int PMD_ORDER = 9;

    private Arm64Boards() {}

    /** {@link Boards#arm64}. */
    static Board arm64(long bytes) {
        if (bytes < Bytes.mib(32) || bytes > Bytes.gib(64) || bytes % Bytes.mib(1) != 0) {
            throw new IllegalArgumentException("RAM must be whole MiB, 32 MiB..64 GiB: " + bytes);
        }
        return arm64(
                "arm64",
                List.of(new AddrRange<>(new PhysAddr(0), bytes)),
                Bytes.gib(1),
                PMD_ORDER,
                BoardParts.kernelImage(new PhysAddr(0)));
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
                List.of(),
                List.of());
    }
}
