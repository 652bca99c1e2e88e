package org.dmalab.engine.dma;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.iommu.BusPort;

/** One of a device's ways to memory: the codec's left port. What the hardware does through it is as {@link DmaDevice} says. */
public final class DeviceInterface {
    private final BusPort port;
    private final BusAccess bus;
    private final Cpu cpu;

    DeviceInterface(BusPort port, BusAccess bus, Cpu cpu) {
        this.port = port;
        this.bus = bus;
        this.cpu = cpu;
    }

    /** {@link DmaDevice#tryRead}. */
    public Outcome<byte[]> tryRead(DmaAddr dma, int bytes) {
        int length = (int) Bytes.requirePositive("bytes", bytes);
        cpu.doorbell();
        return bus.read(dma, length);
    }

    /** {@link #tryRead}, or a {@link DmaFailure}. */
    public byte[] read(DmaAddr dma, int bytes) {
        return tryRead(dma, bytes).orElseThrow(DmaFailure::new);
    }

    /** {@link DmaDevice#tryWrite}. */
    public Outcome<Integer> tryWrite(DmaAddr dma, byte... bytes) {
        return bus.write(dma, bytes);
    }

    /** {@link #tryWrite}, or a {@link DmaFailure}. */
    public void write(DmaAddr dma, byte... bytes) {
        int written = tryWrite(dma, bytes).orElseThrow(DmaFailure::new);
        assert written == bytes.length;
    }

    @Override
    public String toString() {
        return port.toString();
    }
}
