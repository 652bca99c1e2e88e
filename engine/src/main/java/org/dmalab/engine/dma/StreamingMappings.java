package org.dmalab.engine.dma;

import java.util.Arrays;
import java.util.Objects;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** The streaming mappings of one device: memory of others that it has for a while, and whose turn it is to look. */
final class StreamingMappings {
    private final BusMaster master;
    private final DmaMapOps ops;
    private final LiveMappings live;
    private final TraceSink trace;

    StreamingMappings(BusMaster master, DmaMapOps ops, LiveMappings live, TraceSink trace) {
        this.master = master;
        this.ops = ops;
        this.live = live;
        this.trace = trace;
    }

    Outcome<DmaMapping> map(PhysAddr phys, long bytes, DmaDirection direction, DmaAttrs attrs) {
        requireDirection(direction);
        Objects.requireNonNull(phys, "phys");
        return ops.mapPage(master, phys, Bytes.requirePositive("bytes", bytes), direction, attrs)
                .then(dma -> {
                    trace.dmaMapped(master, dma.value(), bytes, phys.value(), direction, attrs);
                    return Outcome.done(new DmaMapping(master, dma, phys, bytes, direction));
                });
    }

    /** A cell of a notebook is not checked for null by anybody else. */
    static void requireDirection(@Nullable DmaDirection direction) {
        if (direction == null) {
            throw new IllegalArgumentException(
                    "direction must be one of " + Arrays.toString(DmaDirection.values()) + ": null");
        }
    }

    void unmap(DmaMapping mapping, DmaAttrs attrs) {
        requireAlive("unmap", mapping);
        ops.unmapPage(master, mapping, attrs);
        trace.dmaUnmapped(master, mapping.dmaAddr().value(), mapping.bytes(), mapping.direction(), attrs);
    }

    Outcome<SgMapping> map(SgTable table, long maxSegSize, DmaDirection direction, DmaAttrs attrs) {
        requireDirection(direction);
        Objects.requireNonNull(table, "table");
        return ops.mapSg(master, table, maxSegSize, direction, attrs).then(mapping -> {
            for (int i = 0; i < mapping.nents(); i++) {
                AddrRange<DmaAddr> segment = mapping.segments().get(i);
                trace.dmaMapped(
                        master,
                        segment.start().value(),
                        segment.bytes(),
                        mapping.phys(i).value(),
                        direction,
                        attrs);
            }
            return Outcome.done(mapping);
        });
    }

    void unmap(SgMapping mapping, DmaAttrs attrs) {
        requireAlive("unmap", mapping);
        ops.unmapSg(master, mapping, attrs);
        for (AddrRange<DmaAddr> segment : mapping.segments()) {
            trace.dmaUnmapped(master, segment.start().value(), segment.bytes(), mapping.direction(), attrs);
        }
    }

    void syncForCpu(DmaMapping mapping) {
        requireAlive("syncForCpu", mapping);
        sync(mapping.dmaAddr(), mapping.bytes(), mapping.direction(), false);
    }

    void syncForCpu(DmaMapping mapping, long offset, long bytes) {
        requireAlive("syncForCpu", mapping);
        sync(part(mapping, offset, bytes), bytes, mapping.direction(), false);
    }

    void syncForCpu(SgMapping mapping) {
        requireAlive("syncForCpu", mapping);
        ops.syncSgForCpu(master, mapping);
        synced(mapping, false);
    }

    void syncForDevice(DmaMapping mapping) {
        requireAlive("syncForDevice", mapping);
        sync(mapping.dmaAddr(), mapping.bytes(), mapping.direction(), true);
    }

    void syncForDevice(DmaMapping mapping, long offset, long bytes) {
        requireAlive("syncForDevice", mapping);
        sync(part(mapping, offset, bytes), bytes, mapping.direction(), true);
    }

    void syncForDevice(SgMapping mapping) {
        requireAlive("syncForDevice", mapping);
        ops.syncSgForDevice(master, mapping);
        synced(mapping, true);
    }

    private void synced(SgMapping mapping, boolean forDevice) {
        for (AddrRange<DmaAddr> segment : mapping.segments()) {
            trace.dmaSynced(master, segment.start().value(), segment.bytes(), mapping.direction(), forDevice);
        }
    }

    /** One range of DMA addresses changes hands. */
    void sync(DmaAddr dma, long bytes, DmaDirection direction, boolean forDevice) {
        if (forDevice) {
            ops.syncForDevice(master, dma, bytes, direction);
        } else {
            ops.syncForCpu(master, dma, bytes, direction);
        }
        trace.dmaSynced(master, dma.value(), bytes, direction, forDevice);
    }

    private static DmaAddr part(DmaMapping mapping, long offset, long bytes) {
        if (offset < 0 || Bytes.requirePositive("bytes", bytes) > mapping.bytes() - offset) {
            throw new IllegalArgumentException(
                    "the mapping has " + mapping.bytes() + " bytes: " + bytes + " from offset " + offset + " leave it");
        }
        return mapping.dmaAddr().plus(offset);
    }

    private void requireAlive(String call, DmaMapping mapping) {
        requireOwnMapping(call, Objects.requireNonNull(mapping, "mapping").device());
        requireMapped(call, mapping.dmaAddr(), mapping.bytes(), mapping.direction());
    }

    private void requireAlive(String call, SgMapping mapping) {
        requireOwnMapping(call, Objects.requireNonNull(mapping, "mapping").device());
        mapping.segments()
                .forEach(segment -> requireMapped(call, segment.start(), segment.bytes(), mapping.direction()));
    }

    private void requireOwnMapping(String call, BusMaster owner) {
        if (!owner.equals(master)) {
            throw new IllegalArgumentException("mapping is " + owner + "'s, not " + master
                    + "'s; its owner ends and syncs it: " + owner + "." + call + "(mapping)");
        }
    }

    private void requireMapped(String call, DmaAddr dma, long bytes, DmaDirection direction) {
        if (!live.contains(master, dma, bytes, direction)) {
            throw new IllegalArgumentException("DMA-API: " + master + ": device driver tries to "
                    + (call.equals("unmap") ? "free" : "sync") + " DMA memory it has not allocated [device address="
                    + dma + "] [size=" + bytes + " bytes]; " + call
                    + " was given a mapping that was unmapped before");
        }
    }
}
