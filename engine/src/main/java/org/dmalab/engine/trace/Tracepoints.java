package org.dmalab.engine.trace;

import java.util.Arrays;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;

/** Passes every event on to its sinks, in the order in which they were added. */
public final class Tracepoints implements TraceSink {
    private TraceSink[] sinks = {};

    /** Adds {@code sink} behind the others. */
    public void add(TraceSink sink) {
        TraceSink[] more = Arrays.copyOf(sinks, sinks.length + 1);
        more[sinks.length] = sink;
        sinks = more;
    }

    @Override
    public void pageAllocated(long pfn, int order, int migrateType) {
        for (TraceSink sink : sinks) {
            sink.pageAllocated(pfn, order, migrateType);
        }
    }

    @Override
    public void pageFreed(long pfn, int order) {
        for (TraceSink sink : sinks) {
            sink.pageFreed(pfn, order);
        }
    }

    @Override
    public void memoryZeroed(long phys, long bytes) {
        for (TraceSink sink : sinks) {
            sink.memoryZeroed(phys, bytes);
        }
    }

    @Override
    public void vmapMapped(long virt, long pages, MemoryType type) {
        for (TraceSink sink : sinks) {
            sink.vmapMapped(virt, pages, type);
        }
    }

    @Override
    public void vmapUnmapped(long virt, long pages) {
        for (TraceSink sink : sinks) {
            sink.vmapUnmapped(virt, pages);
        }
    }

    @Override
    public void userMapped(long virt, long pages, MemoryType type) {
        for (TraceSink sink : sinks) {
            sink.userMapped(virt, pages, type);
        }
    }

    @Override
    public void userUnmapped(long virt, long pages) {
        for (TraceSink sink : sinks) {
            sink.userUnmapped(virt, pages);
        }
    }

    @Override
    public void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {
        for (TraceSink sink : sinks) {
            sink.cpuAccess(cpu, phys, bytes, write, type, servedBy);
        }
    }

    @Override
    public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
        for (TraceSink sink : sinks) {
            sink.lineFilled(cpu, phys, bytes, speculative);
        }
    }

    @Override
    public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
        for (TraceSink sink : sinks) {
            sink.lineWrittenBack(level, phys, bytes, speculative);
        }
    }

    @Override
    public void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
        for (TraceSink sink : sinks) {
            sink.storeWrittenThrough(cpu, phys, bytes, speculative);
        }
    }

    @Override
    public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
        for (TraceSink sink : sinks) {
            sink.cacheMaintained(level, operation, phys, lines, writtenBack);
        }
    }

    @Override
    public void barrier(int cpu) {
        for (TraceSink sink : sinks) {
            sink.barrier(cpu);
        }
    }

    @Override
    public void tableWritten(long descriptorPhys, long word) {
        for (TraceSink sink : sinks) {
            sink.tableWritten(descriptorPhys, word);
        }
    }

    @Override
    public void tableFlushed(long phys, long bytes) {
        for (TraceSink sink : sinks) {
            sink.tableFlushed(phys, bytes);
        }
    }

    @Override
    public void tableWalked(BusMaster master, long iova, int levels) {
        for (TraceSink sink : sinks) {
            sink.tableWalked(master, iova, levels);
        }
    }

    @Override
    public void iotlbHit(BusMaster master, long iova) {
        for (TraceSink sink : sinks) {
            sink.iotlbHit(master, iova);
        }
    }

    @Override
    public void iotlbMissed(BusMaster master, long iova) {
        for (TraceSink sink : sinks) {
            sink.iotlbMissed(master, iova);
        }
    }

    @Override
    public void staleTranslation(BusMaster master, long iova, long phys) {
        for (TraceSink sink : sinks) {
            sink.staleTranslation(master, iova, phys);
        }
    }

    @Override
    public void iommuMapped(int domain, long iova, long phys, long bytes) {
        for (TraceSink sink : sinks) {
            sink.iommuMapped(domain, iova, phys, bytes);
        }
    }

    @Override
    public void iommuUnmapped(int domain, long iova, long bytes) {
        for (TraceSink sink : sinks) {
            sink.iommuUnmapped(domain, iova, bytes);
        }
    }

    @Override
    public void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
        for (TraceSink sink : sinks) {
            sink.iotlbInvalidated(domain, iova, bytes, commands);
        }
    }

    @Override
    public void iommuFaulted(BusMaster master, long iova, boolean write, int level) {
        for (TraceSink sink : sinks) {
            sink.iommuFaulted(master, iova, write, level);
        }
    }

    @Override
    public void iovaAllocated(long iova, long bytes, int words) {
        for (TraceSink sink : sinks) {
            sink.iovaAllocated(iova, bytes, words);
        }
    }

    @Override
    public void iovaFreed(long iova, long bytes) {
        for (TraceSink sink : sinks) {
            sink.iovaFreed(iova, bytes);
        }
    }

    @Override
    public void dmaAllocated(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {
        for (TraceSink sink : sinks) {
            sink.dmaAllocated(device, dma, bytes, virt, attrs);
        }
    }

    @Override
    public void dmaFreed(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {
        for (TraceSink sink : sinks) {
            sink.dmaFreed(device, dma, bytes, virt, attrs);
        }
    }

    @Override
    public void dmaMapped(BusMaster device, long dma, long bytes, long phys, DmaDirection direction, DmaAttrs attrs) {
        for (TraceSink sink : sinks) {
            sink.dmaMapped(device, dma, bytes, phys, direction, attrs);
        }
    }

    @Override
    public void dmaUnmapped(BusMaster device, long dma, long bytes, DmaDirection direction, DmaAttrs attrs) {
        for (TraceSink sink : sinks) {
            sink.dmaUnmapped(device, dma, bytes, direction, attrs);
        }
    }

    @Override
    public void dmaSynced(BusMaster device, long dma, long bytes, DmaDirection direction, boolean forDevice) {
        for (TraceSink sink : sinks) {
            sink.dmaSynced(device, dma, bytes, direction, forDevice);
        }
    }

    @Override
    public void deviceAccess(BusMaster device, long dma, long phys, long bytes, boolean write) {
        for (TraceSink sink : sinks) {
            sink.deviceAccess(device, dma, phys, bytes, write);
        }
    }

    @Override
    public void pageFellBack(
            long pfn, int order, int fallbackOrder, int wanted, int fallback, boolean changedOwnership) {
        for (TraceSink sink : sinks) {
            sink.pageFellBack(pfn, order, fallbackOrder, wanted, fallback, changedOwnership);
        }
    }

    @Override
    public void cmaAllocStarted(int area, long count, int alignOrder) {
        for (TraceSink sink : sinks) {
            sink.cmaAllocStarted(area, count, alignOrder);
        }
    }

    @Override
    public void cmaBusyRetry(int area, long pfn, long count, int alignOrder) {
        for (TraceSink sink : sinks) {
            sink.cmaBusyRetry(area, pfn, count, alignOrder);
        }
    }

    @Override
    public void cmaAllocFinished(int area, long pfn, long count, int alignOrder, int errno) {
        for (TraceSink sink : sinks) {
            sink.cmaAllocFinished(area, pfn, count, alignOrder, errno);
        }
    }

    @Override
    public void cmaReleased(int area, long pfn, long count) {
        for (TraceSink sink : sinks) {
            sink.cmaReleased(area, pfn, count);
        }
    }

    @Override
    public void pageMigrated(long fromPfn, long toPfn) {
        for (TraceSink sink : sinks) {
            sink.pageMigrated(fromPfn, toPfn);
        }
    }

    @Override
    public void pageMigrationFailed(long pfn, int errno) {
        for (TraceSink sink : sinks) {
            sink.pageMigrationFailed(pfn, errno);
        }
    }

    @Override
    public void linearRemapped(long virt, long pages, int type) {
        for (TraceSink sink : sinks) {
            sink.linearRemapped(virt, pages, type);
        }
    }

    @Override
    public void kmapMapped(long virt, long phys) {
        for (TraceSink sink : sinks) {
            sink.kmapMapped(virt, phys);
        }
    }

    @Override
    public void kmapUnmapped(long virt) {
        for (TraceSink sink : sinks) {
            sink.kmapUnmapped(virt);
        }
    }

    @Override
    public void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {
        for (TraceSink sink : sinks) {
            sink.lineTransferred(cpu, phys, bytes, speculative);
        }
    }

    @Override
    public void writeBufferDrained(int cpu, long phys, int bytes) {
        for (TraceSink sink : sinks) {
            sink.writeBufferDrained(cpu, phys, bytes);
        }
    }
}
