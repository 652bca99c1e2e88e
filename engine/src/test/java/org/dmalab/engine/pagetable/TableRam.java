package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
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
import org.dmalab.engine.trace.TraceSink;

/** RAM for tables and nothing else. */
public final class TableRam {
    public static final PhysAddr START = new PhysAddr(0x10000000L);
    public static final long BYTES = Bytes.mib(256);

    public final PhysicalMemory ram;
    final PageAllocator pages;
    final CacheMaintenance caches;
    public final TableMemory memory;

    /** 256 MiB. */
    public TableRam() {
        this(START, BYTES);
    }

    TableRam(PhysAddr start, long bytes) {
        ram = new PhysicalMemory(List.of(new AddrRange<>(start, bytes)));
        pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(start.pfn(), bytes >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
        caches = new CacheMaintenance(new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE));
        memory = new TableMemory(ram, pages, caches, GroundTruth.NONE, TraceSink.NONE);
    }

    /** Pages that no table has. */
    public long freePages() {
        return pages.freeBytes() >>> PageSize.PAGE_SHIFT;
    }

    /** {@code pfn_valid}. */
    public boolean holds(long pfn) {
        return ram.contains(PhysAddr.ofPfn(pfn), PageSize.PAGE_BYTES);
    }

    /** The table, for which there is room. */
    public static <T> T made(Outcome<T> table) {
        return table.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }
}
