package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * A device's way to memory: through its IOMMU if it has one, then past the CPUs' caches to RAM or, on a snooped port,
 * through them. A device with several interfaces uses the first unless told which ({@link #via}).
 */
public final class BusPort {
    private final BusMaster master;
    private final IommuDevice device;
    private final List<Iommu> iommus;
    private final IommuFwspec.@Nullable Interface through;
    private final int id;
    private final PhysicalMemory ram;
    private final CacheHierarchy caches;
    private final boolean snooped;
    private final GroundTruth truth;
    private final TraceSink trace;

    /** An address that no memory answers to. */
    public record BusError(BusMaster master, DmaAddr dma, PhysAddr phys) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EIO;
        }

        @Override
        public String message() {
            return "bus error: " + master + " [dma=" + dma + "] [phys=" + phys + "]";
        }

        @Override
        public String explain() {
            return master + " used DMA address " + dma + ", which leads to " + phys
                    + ", where the board has no RAM: give the device the address that alloc or map returned, not a physical or"
                    + " virtual one";
        }
    }

    /**
     * A port of {@code device} with no IOMMU, one, or several.
     *
     * @param snooped whether it goes through {@code caches} (ACP, CCI) instead of past them
     * @param truth what its stores are told to
     */
    public BusPort(
            IommuDevice device,
            PhysicalMemory ram,
            CacheHierarchy caches,
            boolean snooped,
            GroundTruth truth,
            TraceSink trace) {
        this(device, device.fwspec().isEmpty() ? null : device.fwspec().named(""), ram, caches, snooped, truth, trace);
    }

    private BusPort(
            IommuDevice device,
            IommuFwspec.@Nullable Interface through,
            PhysicalMemory ram,
            CacheHierarchy caches,
            boolean snooped,
            GroundTruth truth,
            TraceSink trace) {
        this.device = device;
        this.master = device.master();
        this.iommus = device.fwspec().interfaces().stream()
                .map(IommuFwspec.Interface::iommu)
                .toList();
        this.through = through;
        this.id = through == null || through.ids().isEmpty() ? 0 : through.ids().get(0);
        this.ram = ram;
        this.caches = caches;
        this.snooped = snooped;
        this.truth = truth;
        this.trace = trace;
    }

    /** Whether the device sees what the caches hold, and they what it writes. */
    public boolean isSnooped() {
        return snooped;
    }

    /** The IOMMUs in front of the device, none if it sees physical addresses. */
    public List<Iommu> iommus() {
        return iommus;
    }

    /** The device as the IOMMU-API sees it. */
    public IommuDevice device() {
        return device;
    }

    /**
     * The same device's way through its interface {@code name} ({@code left}).
     *
     * @throws IllegalArgumentException if it has none of that name
     */
    public BusPort via(String name) {
        return new BusPort(device, device.fwspec().named(name), ram, caches, snooped, truth, trace);
    }

    /** The device reads {@code bytes} from {@code start}: the bytes in RAM, a fault, or a bus error. */
    public Outcome<byte[]> read(DmaAddr start, int bytes) {
        return pieces(start, bytes, false).then(pieces -> {
            byte[] to = new byte[bytes];
            move(start, pieces, to, false);
            return Outcome.done(to);
        });
    }

    /** The device writes {@code bytes} at {@code start}: how many, a fault, or a bus error; all or nothing. */
    public Outcome<Integer> write(DmaAddr start, byte... bytes) {
        return pieces(start, bytes.length, true).then(pieces -> {
            move(start, pieces, bytes, true);
            return Outcome.done(bytes.length);
        });
    }

    /** Where each page's part of the range is in RAM; the first that is nowhere ends the access. */
    private Outcome<List<PhysAddr>> pieces(DmaAddr start, int bytes, boolean write) {
        if (through != null) {
            requireOnBus(start, bytes, through.iommu().model().inputBits());
        }
        List<PhysAddr> pieces = new ArrayList<>();
        for (int done = 0; done < bytes; ) {
            DmaAddr dma = start.plus(done);
            int piece = pieceBytes(start, done, bytes);
            Outcome<PhysAddr> place = through == null
                    ? Outcome.done(new PhysAddr(dma.value()))
                    : through.iommu().translate(master, id, dma, write);
            if (!(place instanceof Outcome.Done<PhysAddr> found)) {
                return place.asFailed();
            }
            if (!ram.contains(found.value(), piece)) {
                return Outcome.failed(new BusError(master, dma, found.value()));
            }
            pieces.add(found.value());
            done += piece;
        }
        return Outcome.done(pieces);
    }

    private void requireOnBus(DmaAddr start, int bytes, int inputBits) {
        long end = 1L << inputBits;
        if (Long.compareUnsigned(start.value(), end) >= 0 || bytes > end - start.value()) {
            throw new IllegalArgumentException("start and bytes must stay below " + Bytes.text(end) + ", " + master
                    + " puts " + inputBits + " address bits on its bus: " + bytes + " bytes from " + start);
        }
    }

    private void move(DmaAddr start, List<PhysAddr> pieces, byte[] bytes, boolean write) {
        int done = 0;
        for (PhysAddr phys : pieces) {
            int piece = pieceBytes(start, done, bytes.length);
            if (write) {
                store(phys, bytes, done, piece);
            } else {
                load(phys, bytes, done, piece);
            }
            caches.tick(CpuId.BOOT);
            trace.deviceAccess(master, start.value() + done, phys.value(), piece, write);
            done += piece;
        }
    }

    private void store(PhysAddr phys, byte[] bytes, int offset, int count) {
        truth.wrote(master.name(), phys, bytes, offset, count);
        if (snooped) {
            caches.writeCoherent(phys, bytes, offset, count);
        } else {
            ram.write(phys, bytes, offset, count);
        }
    }

    private void load(PhysAddr phys, byte[] bytes, int offset, int count) {
        if (snooped) {
            caches.readCoherent(phys, bytes, offset, count);
        } else {
            ram.read(phys, bytes, offset, count);
        }
    }

    /** How many of the bytes after {@code done} lie in one page. */
    private static int pieceBytes(DmaAddr start, int done, int total) {
        long inPage = (start.value() + done) & (PageSize.PAGE_BYTES - 1);
        return (int) Math.min(total - done, PageSize.PAGE_BYTES - inPage);
    }

    @Override
    public String toString() {
        return master + (iommus.isEmpty() ? " on the bus" : " behind " + iommus);
    }
}
