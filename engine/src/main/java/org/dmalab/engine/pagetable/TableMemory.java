package org.dmalab.engine.pagetable;

import java.util.ArrayDeque;
import java.util.Deque;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * The RAM that translation tables are made of: whole blocks for first levels, kilobytes cut from pages for second levels.
 * Words are written to RAM at once, as the driver's clean of each entry leaves them, so a walker reads what was written.
 */
public final class TableMemory {
    /** Size of a second-level short-descriptor table in bytes. */
    static final int SECOND_LEVEL_BYTES = 1024;

    private static final String KERNEL = "kernel, IOMMU tables";

    private final PhysicalMemory ram;
    private final PageAllocator pages;
    private final CacheMaintenance caches;
    private final GroundTruth truth;
    private final TraceSink trace;
    private final Deque<PhysAddr> freeKilobytes = new ArrayDeque<>();
    private @Nullable PhysAddr zeros;

    /**
     * Tables in {@code ram}, taken from the lower zones of {@code pages}.
     *
     * @param truth is told of every word written and everything cleared
     */
    public TableMemory(
            PhysicalMemory ram, PageAllocator pages, CacheMaintenance caches, GroundTruth truth, TraceSink trace) {
        this.ram = ram;
        this.pages = pages;
        this.caches = caches;
        this.truth = truth;
        this.trace = trace;
    }

    /** A cleared block of {@code 2^order} pages, aligned to its size; ENOMEM if there is none. */
    Outcome<PhysAddr> allocBlock(int order) {
        return pages.alloc(order, Gfp.KERNEL).then(block -> {
            clear(block, PageSize.PAGE_BYTES << order);
            return Outcome.done(block);
        });
    }

    /** Gives back what {@link #allocBlock} returned. */
    void freeBlock(PhysAddr block, int order) {
        pages.free(block, order);
    }

    /** A cleared, aligned kilobyte; ENOMEM if there is none. */
    Outcome<PhysAddr> allocKilobyte() {
        if (!freeKilobytes.isEmpty()) {
            PhysAddr table = freeKilobytes.pop();
            clear(table, SECOND_LEVEL_BYTES);
            return Outcome.done(table);
        }
        return allocBlock(0).then(page -> {
            for (long offset = PageSize.PAGE_BYTES - SECOND_LEVEL_BYTES; offset > 0; offset -= SECOND_LEVEL_BYTES) {
                freeKilobytes.push(page.plus(offset));
            }
            return Outcome.done(page);
        });
    }

    /** Gives back what {@link #allocKilobyte} returned; its page stays with the tables. */
    void freeKilobyte(PhysAddr table) {
        freeKilobytes.push(table);
    }

    /** The one kilobyte of zeros that every table may link to ({@code zero_lv2_table}); ENOMEM if there is none. */
    Outcome<PhysAddr> zeroKilobyte() {
        if (zeros != null) {
            return Outcome.done(zeros);
        }
        return allocKilobyte().then(table -> {
            zeros = table;
            return Outcome.done(table);
        });
    }

    /** Whether there is RAM at {@code start} for {@code bytes}: a descriptor may say anything. */
    boolean contains(PhysAddr start, long bytes) {
        return ram.contains(start, bytes);
    }

    int read(PhysAddr descriptor) {
        return ram.readWord(descriptor);
    }

    void write(PhysAddr descriptor, int word) {
        ram.writeWord(descriptor, word);
        truth.wroteWord(KERNEL, descriptor, word);
        trace.tableWritten(descriptor.value(), Integer.toUnsignedLong(word));
    }

    /** The 64-bit word at {@code descriptor}. */
    long readLong(PhysAddr descriptor) {
        return ram.readLong(descriptor);
    }

    /** Writes a descriptor of 64 bits. */
    void writeLong(PhysAddr descriptor, long word) {
        ram.writeLong(descriptor, word);
        truth.wroteWord(KERNEL, descriptor, (int) word);
        truth.wroteWord(KERNEL, descriptor.plus(Integer.BYTES), (int) (word >>> Integer.SIZE));
        trace.tableWritten(descriptor.value(), word);
    }

    /** What walkers read. */
    PhysicalMemory ram() {
        return ram;
    }

    /** The words of {@code [start, start + bytes)} were cleaned for the walker. */
    void flush(PhysAddr start, long bytes) {
        trace.tableFlushed(start.value(), bytes);
    }

    /** Cleared through the cacheable mapping, then cleaned for the walker. */
    private void clear(PhysAddr start, long bytes) {
        caches.discard(start, bytes);
        ram.zero(start, bytes);
        truth.cleared(KERNEL, start, bytes);
        trace.memoryZeroed(start.value(), bytes);
        caches.flush(start, bytes);
    }
}
