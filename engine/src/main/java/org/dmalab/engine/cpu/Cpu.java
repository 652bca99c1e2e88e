package org.dmalab.engine.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** A CPU: loads and stores through an address space and the caches. */
public final class Cpu {
    private static final int WORD_BYTES = 4;
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final CpuId id;
    private final String name;
    private final CacheHierarchy caches;
    private final GroundTruth truth;
    private final TraceSink trace;

    /**
     * A CPU in front of {@code caches}.
     *
     * @param truth is told of every store, by the name {@code CPU0}
     */
    public Cpu(CpuId id, CacheHierarchy caches, GroundTruth truth, TraceSink trace) {
        this.id = id;
        this.name = id.toString();
        this.caches = caches;
        this.truth = truth;
        this.trace = trace;
    }

    /** Which one. */
    public CpuId id() {
        return id;
    }

    /**
     * Loads {@code bytes} from {@code start}.
     *
     * @return the bytes, or the first {@link CpuFault}; then nothing is loaded
     */
    public Outcome<byte[]> read(AddressSpace space, VirtAddr start, int bytes) {
        Objects.requireNonNull(space, "space");
        Objects.requireNonNull(start, "start");
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        Outcome<AddressSpace.Place> fault = firstFault(space, start, bytes);
        if (fault != null) {
            return fault.asFailed();
        }
        byte[] to = new byte[bytes];
        return access(space, start, to, false).then(done -> Outcome.done(to));
    }

    /** The fault of the first page that a load of more than one page cannot reach, or null. */
    private static @Nullable Outcome<AddressSpace.Place> firstFault(AddressSpace space, VirtAddr start, int bytes) {
        long inPage = start.value() & (PageSize.PAGE_BYTES - 1);
        if (inPage + bytes <= PageSize.PAGE_BYTES) {
            return null;
        }
        for (long done = 0; done < bytes; done += PageSize.PAGE_BYTES - (done == 0 ? inPage : 0)) {
            Outcome<AddressSpace.Place> place = space.resolve(start.plus(done));
            if (place.isFailed()) {
                return place;
            }
        }
        return null;
    }

    /**
     * Stores {@code bytes} at {@code start}.
     *
     * @return how many, or the first {@link CpuFault}; what lies before the fault is stored
     */
    public Outcome<Integer> write(AddressSpace space, VirtAddr start, byte... bytes) {
        return access(
                Objects.requireNonNull(space, "space"),
                Objects.requireNonNull(start, "start"),
                Objects.requireNonNull(bytes, "bytes"),
                true);
    }

    /** Loads the little-endian 32-bit word at {@code address}, a multiple of 4 ({@code readl} without its barrier). */
    public Outcome<Integer> readWord(AddressSpace space, VirtAddr address) {
        requireWord(address);
        return read(space, address, WORD_BYTES).then(bytes -> Outcome.done((int) WORD.get(bytes, 0)));
    }

    /** Stores the little-endian 32-bit {@code word} at {@code address}, a multiple of 4; returns 4. */
    public Outcome<Integer> writeWord(AddressSpace space, VirtAddr address, int word) {
        requireWord(address);
        byte[] bytes = new byte[WORD_BYTES];
        WORD.set(bytes, 0, word);
        return write(space, address, bytes);
    }

    private static void requireWord(VirtAddr address) {
        Objects.requireNonNull(address, "address");
        if ((address.value() & (WORD_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("word address must be a multiple of 4: " + address);
        }
    }

    /** What a driver's {@code writel} to a device does first: nothing this CPU stored still waits when the device starts. */
    public void doorbell() {
        if (caches.hasPending(id)) {
            barrier();
        }
    }

    /** Waits until everything stored before is in memory as far as the memory types allow ({@code wmb}). */
    public void barrier() {
        caches.drain(id);
        trace.barrier(id.index());
    }

    private Outcome<Integer> access(AddressSpace space, VirtAddr start, byte[] bytes, boolean write) {
        int done = 0;
        while (done < bytes.length) {
            VirtAddr address = start.plus(done);
            int toPageEnd = (int) (PageSize.PAGE_BYTES - (address.value() & (PageSize.PAGE_BYTES - 1)));
            int piece = Math.min(bytes.length - done, toPageEnd);
            Outcome<AddressSpace.Place> place = write ? space.resolveStore(address) : space.resolve(address);
            if (!(place instanceof Outcome.Done<AddressSpace.Place> found)) {
                return place.asFailed();
            }
            if (write) {
                store(address, found.value(), bytes, done, piece);
            } else {
                load(address, found.value(), bytes, done, piece);
            }
            done += piece;
        }
        return Outcome.done(done);
    }

    private void load(VirtAddr virt, AddressSpace.Place place, byte[] to, int offset, int bytes) {
        caches.read(id, virt, place.phys(), to, offset, bytes, place.type());
    }

    private void store(VirtAddr virt, AddressSpace.Place place, byte[] from, int offset, int bytes) {
        PhysAddr phys = place.phys();
        caches.write(id, virt, phys, from, offset, bytes, place.type());
        truth.wrote(name, phys, from, offset, bytes);
    }

    @Override
    public String toString() {
        return name;
    }
}
