package org.dmalab.engine.replay;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.DmaDirection;

/**
 * The event on one line of a log, while it is being read. Addresses are bare numbers here, as in every trace sink.
 */
public final class FtraceEvent {
    static final int FAILED = 1;
    static final int TRUNCATED = 2;

    /** An iommu map line of Linux 3.14: the end of the range, size 0. */
    static final int ONLY_END = 4;

    /** {@code enum dma_data_direction}; {@code DMA_NONE} is 3. */
    static final List<DmaDirection> DIRECTIONS =
            List.of(DmaDirection.BIDIRECTIONAL, DmaDirection.TO_DEVICE, DmaDirection.FROM_DEVICE);

    static final int NO_DIRECTION = 4;

    FtraceKind kind = FtraceKind.DMA_MAP_PAGE;
    long line;
    long nanos;
    int cpu;
    int pid;
    int task;
    int device;
    int driver;
    int attrs;
    int direction;
    int flags;
    long address;
    long bytes;
    long physical;

    /** A number that stands for the whole list of physical addresses of a scatter list, up to the traced 128. */
    long physicalKey;

    int segments;

    /** How many segments of a scatter list the kernel did not print. */
    long unprinted;

    long[] segmentAddresses = new long[16];
    long[] segmentBytes = new long[16];

    private final Names devices;
    private final Names tasks;

    FtraceEvent(Names devices, Names tasks) {
        this.devices = devices;
        this.tasks = tasks;
    }

    void clear(FtraceKind newKind) {
        kind = newKind;
        device = -1;
        driver = -1;
        attrs = -1;
        direction = NO_DIRECTION;
        flags = 0;
        address = 0;
        bytes = 0;
        physical = 0;
        physicalKey = 0;
        segments = 0;
        unprinted = 0;
    }

    /** Which tracepoint. */
    public FtraceKind kind() {
        return kind;
    }

    /** The line of the log, counted from 1. */
    public long line() {
        return line;
    }

    /** When, on the recorded machine's clock. */
    public TraceTime time() {
        return new TraceTime(nanos);
    }

    /** The CPU, -1 if the log does not name it. */
    public int cpu() {
        return cpu;
    }

    /** The thread's id. */
    public int pid() {
        return pid;
    }

    /** The thread's name. */
    public String task() {
        return tasks.text(task);
    }

    /** The device, absent in iommu map and unmap lines. */
    public Optional<String> device() {
        return device < 0 ? Optional.empty() : Optional.of(devices.text(device));
    }

    /** Who writes; absent where the event has none. */
    public Optional<DmaDirection> direction() {
        return direction < 3 ? Optional.of(DIRECTIONS.get(direction)) : Optional.empty();
    }

    /** The DMA address; of a scatter list the first. 0 if the event has none. */
    public long address() {
        return address;
    }

    /** How many bytes; of a scatter list the sum. */
    public long bytes() {
        return bytes;
    }

    /** The physical address; of a scatter list the first. */
    public long physical() {
        return physical;
    }

    /** Whether the kernel printed that the operation did not succeed. */
    public boolean failed() {
        return (flags & FAILED) != 0;
    }

    /** Whether the kernel left out part of a long scatter list ({@code [TRUNCATED]}). */
    public boolean truncated() {
        return (flags & TRUNCATED) != 0;
    }

    /** How many DMA segments a scatter list has. */
    public int segments() {
        return segments;
    }

    /** The DMA address of segment {@code i}. */
    public long segmentAddress(int i) {
        return segmentAddresses[i];
    }

    /** The length of segment {@code i}. */
    public long segmentBytes(int i) {
        return segmentBytes[i];
    }
}
