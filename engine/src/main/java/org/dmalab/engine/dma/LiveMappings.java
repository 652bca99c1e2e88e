package org.dmalab.engine.dma;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** Every buffer and mapping that is alive, by device and DMA address; what an {@link IovaMap} is drawn from. */
public final class LiveMappings implements TraceSink {
    private static final int NONE = -1;

    private final LongSupplier nanos;

    /** Chained hash table over parallel arrays; a slot is free if its device is null. */
    private int[] buckets = filled(64);

    private int[] next = new int[64];
    private @Nullable BusMaster[] device = new BusMaster[64];
    private long[] dma = new long[64];
    private long[] bytes = new long[64];
    private long[] since = new long[64];
    private DmaAttrs[] attrs = new DmaAttrs[64];
    private @Nullable DmaDirection[] direction = new DmaDirection[64];
    private int slots;
    private int freeSlot = NONE;
    private int live;

    /** Nothing alive; ages are counted with {@code nanos}. */
    public LiveMappings(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How many are alive. */
    public int size() {
        return live;
    }

    /** Whether a mapping of {@code device} at {@code dma} with exactly {@code length} bytes and that direction is alive. */
    boolean contains(BusMaster master, DmaAddr address, long length, DmaDirection streaming) {
        for (int slot = buckets[bucket(master, address.value())]; slot != NONE; slot = next[slot]) {
            if (dma[slot] == address.value()
                    && bytes[slot] == length
                    && direction[slot] == streaming
                    && master.equals(device[slot])) {
                return true;
            }
        }
        return false;
    }

    /** Those of {@code devices}, in no order. */
    public List<IovaMap.Entry> entries(Collection<BusMaster> devices) {
        List<IovaMap.Entry> entries = new ArrayList<>();
        long now = nanos.getAsLong();
        for (int slot = 0; slot < slots; slot++) {
            BusMaster owner = device[slot];
            if (owner != null && devices.contains(owner)) {
                DmaDirection streaming = direction[slot];
                entries.add(new IovaMap.Entry(
                        IovaMap.Kind.MAPPED,
                        new AddrRange<>(new DmaAddr(dma[slot]), bytes[slot]),
                        owner.name(),
                        streaming == null ? "alloc" : "map " + streaming,
                        attrs[slot].toString(),
                        now - since[slot],
                        Optional.ofNullable(streaming)));
            }
        }
        return entries;
    }

    @Override
    public void dmaAllocated(BusMaster master, long address, long length, long virt, DmaAttrs given) {
        add(master, address, length, null, given);
    }

    @Override
    public void dmaFreed(BusMaster master, long address, long length, long virt, DmaAttrs given) {
        remove(master, address, length);
    }

    @Override
    public void dmaMapped(
            BusMaster master, long address, long length, long phys, DmaDirection streaming, DmaAttrs given) {
        add(master, address, length, streaming, given);
    }

    @Override
    public void dmaUnmapped(BusMaster master, long address, long length, DmaDirection streaming, DmaAttrs given) {
        remove(master, address, length);
    }

    private void add(BusMaster master, long address, long length, @Nullable DmaDirection streaming, DmaAttrs given) {
        int slot = freeSlot;
        if (slot == NONE) {
            if (slots == dma.length) {
                grow();
            }
            slot = slots++;
        } else {
            freeSlot = next[slot];
        }
        device[slot] = master;
        dma[slot] = address;
        bytes[slot] = length;
        since[slot] = nanos.getAsLong();
        attrs[slot] = given;
        direction[slot] = streaming;
        int bucket = bucket(master, address);
        next[slot] = buckets[bucket];
        buckets[bucket] = slot;
        live++;
    }

    private void remove(BusMaster master, long address, long length) {
        int bucket = bucket(master, address);
        int before = NONE;
        for (int slot = buckets[bucket]; slot != NONE; slot = next[slot]) {
            if (dma[slot] == address && bytes[slot] == length && master.equals(device[slot])) {
                if (before == NONE) {
                    buckets[bucket] = next[slot];
                } else {
                    next[before] = next[slot];
                }
                device[slot] = null;
                next[slot] = freeSlot;
                freeSlot = slot;
                live--;
                return;
            }
            before = slot;
        }
        throw new AssertionError(
                "no live mapping of " + master + " at " + new DmaAddr(address) + " has " + length + " bytes");
    }

    private int bucket(BusMaster master, long address) {
        long mixed = (address ^ ((long) master.id() << 48)) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & (buckets.length - 1);
    }

    private void grow() {
        int capacity = dma.length * 2;
        next = Arrays.copyOf(next, capacity);
        device = Arrays.copyOf(device, capacity);
        dma = Arrays.copyOf(dma, capacity);
        bytes = Arrays.copyOf(bytes, capacity);
        since = Arrays.copyOf(since, capacity);
        attrs = Arrays.copyOf(attrs, capacity);
        direction = Arrays.copyOf(direction, capacity);
        buckets = filled(capacity);
        for (int slot = 0; slot < slots; slot++) {
            BusMaster owner = device[slot];
            if (owner != null) {
                int bucket = bucket(owner, dma[slot]);
                next[slot] = buckets[bucket];
                buckets[bucket] = slot;
            }
        }
    }

    private static int[] filled(int length) {
        int[] array = new int[length];
        Arrays.fill(array, NONE);
        return array;
    }
}
