package org.dmalab.engine.cache;

import java.util.function.IntConsumer;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;

/**
 * A CPU's path to RAM: an inner cache, an outer cache behind it, and memory. Devices do not come this way; they read and
 * write {@link PhysicalMemory}, which is why a line held here can differ from what a device sees.
 */
public final class CacheHierarchy {
    private static final int INNER = 1;
    private static final int OUTER = 2;

    private final Cache inner;
    private final Cache outer;
    private final PhysicalMemory ram;
    private final TraceSink trace;
    private final int lineBytes;

    /** Empty caches of the given shapes, whose lines have the same size. */
    public CacheHierarchy(CacheGeometry inner, CacheGeometry outer, PhysicalMemory ram, TraceSink trace) {
        if (inner.lineBytes() != outer.lineBytes()) {
            throw new IllegalArgumentException("both caches must have lines of the same size: " + inner + "; " + outer);
        }
        this.inner = new Cache(inner);
        this.outer = new Cache(outer);
        this.ram = ram;
        this.trace = trace;
        this.lineBytes = inner.lineBytes();
    }

    /** Bytes of a line. */
    public int lineBytes() {
        return lineBytes;
    }

    /** Loads {@code bytes} from {@code start} as the CPU would through a mapping of {@code type}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes, MemoryType type) {
        access(start.value(), to, offset, bytes, type, false);
    }

    /** Stores {@code bytes} at {@code start} as the CPU would through a mapping of {@code type}. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes, MemoryType type) {
        access(start.value(), from, offset, bytes, type, true);
    }

    /** What some cache holds of the line of {@code address}: {@code absent}, {@code clean} or {@code dirty}. */
    public LineState state(PhysAddr address) {
        long line = lineOf(address.value());
        int in = inner.find(line);
        int out = outer.find(line);
        if ((in != Cache.NONE && inner.isDirty(in)) || (out != Cache.NONE && outer.isDirty(out))) {
            return LineState.DIRTY;
        }
        return in == Cache.NONE && out == Cache.NONE ? LineState.ABSENT : LineState.CLEAN;
    }

    /** How the caches stand to one line of memory. */
    public enum LineState {
        /** No cache has it: the CPU would read memory. */
        ABSENT,
        /** A cache has it, written back: stale as soon as a device writes memory. */
        CLEAN,
        /** A cache has bytes that memory lacks: a device reads what was there before. */
        DIRTY
    }

    /** Maintains the lines of {@code [start, start + bytes)} in the inner cache. */
    void maintainInner(CacheOperation operation, long start, long bytes) {
        maintain(inner, INNER, operation, start, bytes);
    }

    /**
     * Maintains the lines of {@code [start, start + bytes)} in the outer cache. A range as large as the cache is cleaned
     * by way, and every other line with it; never so if lines are only dropped ({@code l2x0_clean_range}).
     */
    void maintainOuter(CacheOperation operation, long start, long bytes) {
        if (operation != CacheOperation.INVALIDATE && bytes >= (long) outer.capacity() * lineBytes) {
            maintainAllOuter(operation);
        } else {
            maintain(outer, OUTER, operation, start, bytes);
        }
    }

    private void maintainAllOuter(CacheOperation operation) {
        long writtenBack = 0;
        for (int slot = 0; outer.valid() > 0 && slot < outer.capacity(); slot++) {
            if (outer.isValid(slot)) {
                writtenBack += maintain(outer, operation, slot);
            }
        }
        trace.cacheMaintained(OUTER, operation.code(), 0, outer.capacity(), writtenBack);
    }

    /** Forgets the lines of {@code [start, start + bytes)} in both caches; nobody is told. */
    void discard(long start, long bytes) {
        visit(inner, start, bytes, inner::drop);
        visit(outer, start, bytes, outer::drop);
    }

    private long lineOf(long address) {
        return address & -(long) lineBytes;
    }

    private void access(long start, byte[] bytes, int offset, int count, MemoryType type, boolean write) {
        if (!ram.contains(new PhysAddr(start), Math.max(1, count))) {
            throw new IllegalArgumentException("no RAM at " + new PhysAddr(start) + " for " + count + " bytes");
        }
        for (int done = 0; done < count; ) {
            long address = start + done;
            int inLine = (int) (address - lineOf(address));
            int piece = Math.min(count - done, lineBytes - inLine);
            if (type == MemoryType.WRITE_BACK) {
                throughCaches(address, inLine, bytes, offset + done, piece, type, write);
            } else if (type == MemoryType.WRITE_THROUGH && !write) {
                throughCaches(address, inLine, bytes, offset + done, piece, type, false);
            } else {
                if (type == MemoryType.WRITE_THROUGH) {
                    updateHeld(address, inLine, bytes, offset + done, piece);
                }
                pastCaches(address, bytes, offset + done, piece, type, write);
            }
            done += piece;
        }
    }

    private void throughCaches(
            long address, int inLine, byte[] bytes, int offset, int piece, MemoryType type, boolean write) {
        long line = address - inLine;
        int slot = inner.find(line);
        int servedBy = INNER;
        if (slot == Cache.NONE) {
            servedBy = outer.find(line) == Cache.NONE ? 0 : OUTER;
            slot = fetch(line);
        } else {
            inner.touch(slot);
        }
        trace.cpuAccess(0, address, piece, write, type, servedBy);
        if (write) {
            System.arraycopy(bytes, offset, inner.data(), inner.offset(slot) + inLine, piece);
            inner.setDirty(slot, true);
        } else {
            System.arraycopy(inner.data(), inner.offset(slot) + inLine, bytes, offset, piece);
        }
    }

    private void pastCaches(long address, byte[] bytes, int offset, int piece, MemoryType type, boolean write) {
        trace.cpuAccess(0, address, piece, write, type, 0);
        if (write) {
            ram.write(new PhysAddr(address), bytes, offset, piece);
        } else {
            ram.read(new PhysAddr(address), bytes, offset, piece);
        }
    }

    private void updateHeld(long address, int inLine, byte[] bytes, int offset, int piece) {
        for (Cache cache : new Cache[] {inner, outer}) {
            int slot = cache.find(address - inLine);
            if (slot != Cache.NONE) {
                System.arraycopy(bytes, offset, cache.data(), cache.offset(slot) + inLine, piece);
            }
        }
    }

    /** Brings {@code line} into the inner cache, by way of the outer one, and returns its slot. */
    private int fetch(long line) {
        int out = outer.find(line);
        if (out == Cache.NONE) {
            out = outer.victim(line);
            evictOuter(out);
            outer.install(out, line);
            ram.read(new PhysAddr(line), outer.data(), outer.offset(out), lineBytes);
            trace.lineFilled(0, line, lineBytes, false);
        } else {
            outer.touch(out);
        }
        int in = inner.victim(line);
        evictInner(in);
        // The eviction may have pushed a line into the outer cache, but never out of the set slot just touched
        // unless the outer cache has one way; then the bytes come from where they are now.
        out = outer.find(line);
        inner.install(in, line);
        if (out == Cache.NONE) {
            ram.read(new PhysAddr(line), inner.data(), inner.offset(in), lineBytes);
        } else {
            System.arraycopy(outer.data(), outer.offset(out), inner.data(), inner.offset(in), lineBytes);
        }
        return in;
    }

    private void evictInner(int slot) {
        if (!inner.isValid(slot)) {
            return;
        }
        if (inner.isDirty(slot)) {
            writeInnerOn(slot);
        }
        inner.drop(slot);
    }

    /** Copies the dirty inner line in {@code slot} to the outer cache, which takes it even if it did not have it. */
    private void writeInnerOn(int slot) {
        long line = inner.address(slot);
        int out = outer.find(line);
        if (out == Cache.NONE) {
            out = outer.victim(line);
            evictOuter(out);
            outer.install(out, line);
        } else {
            outer.touch(out);
        }
        System.arraycopy(inner.data(), inner.offset(slot), outer.data(), outer.offset(out), lineBytes);
        outer.setDirty(out, true);
        inner.setDirty(slot, false);
        trace.lineWrittenBack(INNER, line, lineBytes);
    }

    private void evictOuter(int slot) {
        if (!outer.isValid(slot)) {
            return;
        }
        if (outer.isDirty(slot)) {
            writeOuterOn(slot);
            trace.lineWrittenBack(OUTER, outer.address(slot), lineBytes);
        }
        outer.drop(slot);
    }

    private void writeOuterOn(int slot) {
        ram.write(new PhysAddr(outer.address(slot)), outer.data(), outer.offset(slot), lineBytes);
        outer.setDirty(slot, false);
    }

    private void maintain(Cache cache, int level, CacheOperation operation, long start, long bytes) {
        if (bytes <= 0) {
            return;
        }
        long[] writtenBack = {0};
        visit(cache, start, bytes, slot -> writtenBack[0] += maintain(cache, operation, slot));
        long lines = (lineOf(start + bytes - 1) - lineOf(start)) / lineBytes + 1;
        trace.cacheMaintained(level, operation.code(), start, lines, writtenBack[0]);
    }

    /** Passes on the slots that hold lines of a range; looks at the named lines or at the held ones, whichever are fewer. */
    private void visit(Cache cache, long start, long bytes, IntConsumer action) {
        if (bytes <= 0 || cache.valid() == 0) {
            return;
        }
        long first = lineOf(start);
        long last = lineOf(start + bytes - 1);
        if ((last - first) / lineBytes < cache.capacity()) {
            for (long line = first; line != last + lineBytes; line += lineBytes) {
                int slot = cache.find(line);
                if (slot != Cache.NONE) {
                    action.accept(slot);
                }
            }
            return;
        }
        for (int slot = 0; slot < cache.capacity(); slot++) {
            if (cache.isValid(slot) && Long.compareUnsigned(cache.address(slot) - first, last - first) <= 0) {
                action.accept(slot);
            }
        }
    }

    private int maintain(Cache cache, CacheOperation operation, int slot) {
        int writtenBack = 0;
        if (operation != CacheOperation.INVALIDATE && cache.isDirty(slot)) {
            if (cache == inner) {
                writeInnerOn(slot);
            } else {
                writeOuterOn(slot);
            }
            writtenBack = 1;
        }
        if (operation != CacheOperation.CLEAN) {
            cache.drop(slot);
        }
        return writtenBack;
    }
}
