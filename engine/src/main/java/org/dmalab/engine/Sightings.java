package org.dmalab.engine;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.DmaDevice;

/** Where one mapping, of a CPU or of a device, shows pages that are looked at. */
final class Sightings {
    private final String who;
    private final Optional<MemoryType> type;
    private final Optional<DmaDevice> device;
    private final LongPredicate reads;
    private final boolean stale;
    private int[] places = new int[1];
    private long[] starts = new long[1];
    private int count;

    private Sightings(
            String who, Optional<MemoryType> type, Optional<DmaDevice> device, LongPredicate reads, boolean stale) {
        this.who = who;
        this.reads = reads;
        this.stale = stale;
        this.type = type;
        this.device = device;
    }

    /** A mapping of virtual addresses, {@code type} being how the CPU treats accesses. */
    static Sightings ofCpu(String who, MemoryType type) {
        return new Sightings(who, Optional.of(type), Optional.empty(), none -> false, false);
    }

    /** A mapping of DMA addresses; {@code reads} tells which of them the device may read now. */
    static Sightings ofDevice(String who, DmaDevice device, LongPredicate reads) {
        return new Sightings(who, Optional.empty(), Optional.of(device), reads, false);
    }

    /** What an IO-TLB knows and the table no longer says: nobody's turn to read. */
    static Sightings ofStaleEntry(String who, DmaDevice device) {
        return new Sightings(who, Optional.empty(), Optional.of(device), none -> false, true);
    }

    /** Notes that the page at {@code place} of those looked at is seen at {@code start}. */
    void add(int place, long start) {
        if (count == places.length) {
            places = Arrays.copyOf(places, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
        }
        places[count] = place;
        starts[count++] = start;
    }

    /** Who uses the mapping. */
    String who() {
        return who;
    }

    /** How the CPU treats accesses; empty for a device. */
    Optional<MemoryType> type() {
        return type;
    }

    /** Whose mapping it is; empty for a CPU. */
    Optional<DmaDevice> device() {
        return device;
    }

    /** Whether it is a device's turn to read the byte at {@code address} of this mapping. */
    boolean mayRead(long address) {
        return reads.test(address);
    }

    /** Whether an IO-TLB entry is all that leads there. */
    boolean isStale() {
        return stale;
    }

    /** How many pages are seen; one that is mapped twice counts twice. */
    int count() {
        return count;
    }

    /** Which page sighting {@code index} is of. */
    int place(int index) {
        return places[index];
    }

    /** Where that page begins. */
    long start(int index) {
        return starts[index];
    }

    /** A place of this mapping. */
    Addr address(long value) {
        return device.isPresent() ? new DmaAddr(value) : new VirtAddr(value);
    }

    /** {@code fimc0: 16 pages}. */
    @Override
    public String toString() {
        return who + ": " + count + (count == 1 ? " page" : " pages");
    }
}
