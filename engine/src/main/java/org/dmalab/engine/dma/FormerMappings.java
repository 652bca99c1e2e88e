package org.dmalab.engine.dma;

import java.util.Collection;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * What a fault's address was before: the last {@value #CAPACITY} ranges that left a domain's table, and the last {@value
 * #CAPACITY} buffers and mappings that devices gave up.
 */
public final class FormerMappings implements TraceSink {
    private static final int CAPACITY = 4096;

    private final LongSupplier nanos;
    /** Counts both kinds: the DMA-API gives up a mapping after its range has left the table. */
    private long sequence;

    private final Ranges unmapped = new Ranges();
    private final int[] domains = new int[CAPACITY];
    private final Ranges given = new Ranges();
    private final @Nullable BusMaster[] masters = new BusMaster[CAPACITY];
    private final @Nullable DmaDirection[] directions = new DmaDirection[CAPACITY];

    /** A ring of ranges with the time and order in which they ended. */
    private static final class Ranges {
        private final long[] start = new long[CAPACITY];
        private final long[] bytes = new long[CAPACITY];
        private final long[] ended = new long[CAPACITY];
        private final long[] order = new long[CAPACITY];
        private int size;
        private int next;

        int add(long from, long length, long now, long place) {
            int slot = next;
            start[slot] = from;
            bytes[slot] = length;
            ended[slot] = now;
            order[slot] = place;
            next = (next + 1) % CAPACITY;
            size = Math.min(size + 1, CAPACITY);
            return slot;
        }

        /** The slot of the {@code back}-th last, from 0. */
        int slot(int back) {
            return Math.floorMod(next - 1 - back, CAPACITY);
        }

        /** Whether a page of the range has the address. */
        boolean covers(int slot, long address) {
            long first = PageSize.SMALL_4K.alignDown(start[slot]);
            return Long.compareUnsigned(address - first, PageSize.pageAlign(bytes[slot] + start[slot] - first)) < 0;
        }
    }

    /** None yet; {@code nanos} says when one ends. */
    public FormerMappings(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public void dmaFreed(BusMaster master, long address, long length, long virt, DmaAttrs attrs) {
        add(master, address, length, null);
    }

    @Override
    public void dmaUnmapped(BusMaster master, long address, long length, DmaDirection direction, DmaAttrs attrs) {
        add(master, address, length, direction);
    }

    private void add(BusMaster master, long address, long length, @Nullable DmaDirection direction) {
        int slot = given.add(address, length, nanos.getAsLong(), sequence++);
        masters[slot] = master;
        directions[slot] = direction;
    }

    @Override
    public void iommuUnmapped(int domain, long iova, long bytes) {
        if (bytes > 0) {
            domains[unmapped.add(iova, bytes, nanos.getAsLong(), sequence++)] = domain;
        }
    }

    /**
     * What last left {@code domain} at {@code iova}, and which mapping of one of {@code sharing} it was: {@code unmapped 31 µs ago,
     * was fimc1 map TO_DEVICE, 4096 bytes at 0x20000000}; empty if nothing of the domain is remembered there.
     */
    public Optional<String> last(Collection<BusMaster> sharing, int domain, DmaAddr iova) {
        for (int back = 0; back < unmapped.size; back++) {
            int slot = unmapped.slot(back);
            if (domains[slot] == domain && unmapped.covers(slot, iova.value())) {
                return Optional.of(owner(sharing, iova, unmapped.order[slot])
                        .orElseGet(() -> text(unmapped, slot, "mapped by the IOMMU-API")));
            }
        }
        return Optional.empty();
    }

    /** The mapping of the DMA-API that was given up after {@code order}, when its range left the table. */
    private Optional<String> owner(Collection<BusMaster> sharing, DmaAddr iova, long order) {
        for (int back = 0; back < given.size; back++) {
            int slot = given.slot(back);
            if (given.order[slot] < order) {
                return Optional.empty();
            }
            BusMaster master = masters[slot];
            if (master != null && sharing.contains(master) && given.covers(slot, iova.value())) {
                DmaDirection direction = directions[slot];
                return Optional.of(text(given, slot, master + (direction == null ? " alloc" : " map " + direction)));
            }
        }
        return Optional.empty();
    }

    private String text(Ranges ranges, int slot, String what) {
        return "unmapped " + Durations.text((double) (nanos.getAsLong() - ranges.ended[slot])) + " ago, was " + what
                + ", " + ranges.bytes[slot] + " bytes at " + Addresses.hex(ranges.start[slot]);
    }
}
