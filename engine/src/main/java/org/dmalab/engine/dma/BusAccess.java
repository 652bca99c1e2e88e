package org.dmalab.engine.dma;

import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.IommuFault;
import org.dmalab.engine.pagetable.FaultKind;

/** What the hardware of one device does on its bus, and why it failed, told by what is mapped around the place. */
final class BusAccess {
    private final BusMaster master;
    private final BusPort port;
    private final Supplier<IovaMap> mapped;

    /** An address wider than any that memory answers to, on a bus without an IOMMU. */
    record TooWide(BusMaster master, DmaAddr dma) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EIO;
        }

        @Override
        public String message() {
            return "bus error: " + master + " [dma=" + dma + "]";
        }

        @Override
        public String explain() {
            return master + " used DMA address " + dma + ", and no memory has more than " + PhysAddr.MOST_BITS
                    + " address bits: "
                    + Addresses.literalHint(dma.value())
                            .orElse("give the device the address that alloc or map returned");
        }
    }

    /**
     * The accesses of {@code master} through {@code port}.
     *
     * @param mapped what is mapped now where the device can reach
     */
    BusAccess(BusMaster master, BusPort port, Supplier<IovaMap> mapped) {
        this.master = master;
        this.port = port;
        this.mapped = mapped;
    }

    Outcome<byte[]> read(DmaAddr dma, int bytes) {
        return reach(dma).then(at -> port.read(at, bytes)).fold(Outcome::done, reason -> explained(reason, dma, bytes));
    }

    Outcome<Integer> write(DmaAddr dma, byte... bytes) {
        Objects.requireNonNull(bytes, "bytes");
        return reach(dma)
                .then(at -> port.write(at, bytes))
                .fold(Outcome::done, reason -> explained(reason, dma, bytes.length));
    }

    private Outcome<DmaAddr> reach(DmaAddr dma) {
        Objects.requireNonNull(dma, "dma");
        Optional<String> hint = Addresses.literalHint(dma.value());
        if (!port.iommus().isEmpty() && hint.isPresent()) {
            throw new IllegalArgumentException("start and bytes must stay below 4 GiB, " + master
                    + " puts 32 address bits on its bus: " + dma + "; " + hint.get());
        }
        return port.iommus().isEmpty() && dma.value() >>> PhysAddr.MOST_BITS != 0
                ? Outcome.failed(new TooWide(master, dma))
                : Outcome.done(dma);
    }

    /** {@code reason}, or where the access began in a mapping that ends before the fault, that it is too long. */
    private <T> Outcome<T> explained(Reason reason, DmaAddr start, long bytes) {
        return Outcome.failed(faultAddress(reason)
                .flatMap(fault -> mapped.get().entries().stream()
                        .filter(entry -> entry.kind() == IovaMap.Kind.MAPPED
                                && entry.range().contains(start)
                                && Long.compareUnsigned(entry.range().last(), fault.value()) < 0)
                        .max(Comparator.comparingLong(entry -> entry.range().last()))
                        .<Reason>map(entry -> new PastTheEnd(reason, master, start, bytes, fault, entry)))
                .orElse(reason));
    }

    private static Optional<DmaAddr> faultAddress(Reason reason) {
        if (reason instanceof IommuFault fault && fault.kind() == FaultKind.TRANSLATION) {
            return Optional.of(fault.iova());
        }
        return reason instanceof BusPort.BusError error ? Optional.of(error.dma()) : Optional.empty();
    }
}
