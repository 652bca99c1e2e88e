package org.dmalab.engine.dma;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.trace.TraceSink;

/** The coherent buffers of one device that are alive: what may be freed, shown to a process, or shared. */
final class DeviceBuffers {
    /** {@code SIZE_MAX} of a 32-bit kernel. */
    private static final long LARGEST_SIZE = 0xFFFF_FFFFL;

    private final BusMaster master;
    private final DmaMapOps ops;
    private final TraceSink trace;
    private final Set<DmaBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());

    DeviceBuffers(BusMaster master, DmaMapOps ops, TraceSink trace) {
        this.master = master;
        this.ops = ops;
        this.trace = trace;
    }

    Outcome<DmaBuffer> alloc(long bytes, Gfp gfp, DmaAttrs attrs) {
        if (Objects.requireNonNull(gfp, "gfp").highestZone() != ZoneKind.NORMAL
                || gfp.migrateType() != MigrateType.UNMOVABLE) {
            throw new IllegalArgumentException("gfp must name no zone and no mobility: " + gfp);
        }
        if (Bytes.requirePositive("bytes", bytes) > LARGEST_SIZE) {
            throw new IllegalArgumentException(
                    "bytes must be at most " + LARGEST_SIZE + ", size_t has 32 bits on this machine: " + bytes);
        }
        Outcome<DmaBuffer> buffer = ops.alloc(master, bytes, gfp, attrs);
        if (buffer instanceof Outcome.Done<DmaBuffer> done) {
            DmaBuffer got = done.value();
            buffers.add(got);
            trace.dmaAllocated(
                    master, got.dmaAddr().value(), got.bytes(), got.cpuAddr().value(), attrs);
        }
        return buffer;
    }

    Outcome<DmaBuffer> free(DmaBuffer buffer, DmaAttrs attrs) {
        if (!isAlive(buffer)) {
            return Outcome.failed(new NotAlive("free", buffer));
        }
        Outcome<DmaBuffer> freed = ops.free(master, buffer, attrs);
        if (!freed.isFailed()) {
            buffers.remove(buffer);
            trace.dmaFreed(
                    master,
                    buffer.dmaAddr().value(),
                    buffer.bytes(),
                    buffer.cpuAddr().value(),
                    attrs);
        }
        return freed;
    }

    Outcome<UserMapping> mmap(
            DmaBuffer buffer, UserAddressSpace process, Cpu cpu, long firstPage, long bytes, DmaAttrs attrs) {
        Objects.requireNonNull(process, "process");
        if (firstPage < 0) {
            throw new IllegalArgumentException("firstPage must not be negative: " + firstPage);
        }
        if (!isAlive(buffer)) {
            return Outcome.failed(new NotAlive("mmap", buffer));
        }
        return ops.mmap(master, buffer, process, cpu, firstPage, Bytes.requirePositive("bytes", bytes), attrs);
    }

    Outcome<SgTable> getSgtable(DmaBuffer buffer, DmaAttrs attrs) {
        if (!isAlive(buffer)) {
            return Outcome.failed(new NotAlive("getSgtable", buffer));
        }
        return ops.getSgtable(master, buffer, attrs);
    }

    /** Refuses a buffer that was freed. */
    void requireAlive(DmaBuffer buffer) {
        if (!isAlive(buffer)) {
            throw new IllegalArgumentException("this buffer was freed before: " + buffer);
        }
    }

    /** Whether {@code buffer} is this device's and was not freed; an equal one that was allocated later is another. */
    private boolean isAlive(DmaBuffer buffer) {
        requireOwn(Objects.requireNonNull(buffer, "buffer").device());
        return buffers.contains(buffer);
    }

    private void requireOwn(BusMaster other) {
        if (!other.equals(master)) {
            throw new IllegalArgumentException("this belongs to " + other + ", not to " + master + "; to share it: "
                    + master + ".map(" + other + ".getSgtable(buffer), direction)");
        }
    }
}
