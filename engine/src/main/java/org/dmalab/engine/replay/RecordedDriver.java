package org.dmalab.engine.replay;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
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
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.MsmTable;
import org.dmalab.engine.pagetable.OmapTable;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.pagetable.TegraSmmuTable;
import org.dmalab.engine.trace.TraceSink;

/** The drivers of which recordings exist, and how their final tables were printed. */
enum RecordedDriver {
    EXYNOS("exynos", 256, 0x3FF) {
        @Override
        Outcome<? extends PageTable> create(TableMemory tables) {
            return ExynosSysmmuTable.create(tables, Era.V3_14);
        }
    },
    OMAP("omap", 256, 0x3FF) {
        @Override
        Outcome<? extends PageTable> create(TableMemory tables) {
            return OmapTable.create(tables, Era.V3_14, FlushOps.NONE);
        }
    },
    MSM("msm", 256, 0x3FF) {
        @Override
        Outcome<? extends PageTable> create(TableMemory tables) {
            return MsmTable.create(tables, Era.V3_14, FlushOps.NONE);
        }
    },
    TEGRA_SMMU("tegra-smmu", 1024, 0xF0000000L) {
        @Override
        Outcome<? extends PageTable> create(TableMemory tables) {
            // The recordings do not say which page frames their kernel knew; they name no other.
            return TegraSmmuTable.create(tables, Era.V3_14, 32, pfn -> true, FlushOps.NONE);
        }
    };

    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(64);

    private final String driver;
    private final int secondLevelEntries;
    private final long attributesOfTable;

    RecordedDriver(String driver, int secondLevelEntries, long attributesOfTable) {
        this.driver = driver;
        this.secondLevelEntries = secondLevelEntries;
        this.attributesOfTable = attributesOfTable;
    }

    abstract Outcome<? extends PageTable> create(TableMemory tables);

    /** The recordings' format. */
    String format() {
        return "drv-" + driver + "-v3.14";
    }

    int secondLevelEntries() {
        return secondLevelEntries;
    }

    /** The bits of a first-level word that are no address of a table. */
    long attributesOfTable() {
        return attributesOfTable;
    }

    /** An empty table in RAM of its own. */
    PageTable newTable() {
        PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        TableMemory tables =
                new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
        return create(tables).<PageTable>fold(table -> table, reason -> {
            throw new IllegalStateException("empty RAM has no room for a table: " + reason.explain());
        });
    }
}
