package org.dmalab.engine.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.experiment.Columns;
import org.jspecify.annotations.Nullable;

/**
 * The events of a recorded log, and what was mapped at every moment of it.
 *
 * <p>What is mapped follows from the {@code dma} events, which name the device. An {@code iommu:map} line names neither
 * device nor domain; it counts where no {@code dma} event explains it (the page of the MSI doorbell, a guest's memory under
 * VFIO, logs of kernels before 6.12) and then stands under {@link #NO_DEVICE}. Linux 3.14 prints the end of the range and
 * size 0 in these lines: they are counted ({@link TraceReport#zeroSizeMaps()}) and map nothing. What was mapped before the log begins and not
 * unmapped in it cannot be seen. Memory mapped twice at one address, as without an IOMMU, is two entries.
 *
 * <p>The moment of a map includes every event printed with its time. Times that step back count as the time they step back
 * from: the order of the lines decides.
 */
public final class Trace {
    /** Stands for the device where a log does not name one. */
    public static final String NO_DEVICE = "(no device named)";

    private static final long WINDOW_32_BIT = 1L << 32;

    private final TraceReport report;
    private final EventColumns events;
    private final Lifetimes lifetimes;
    private final List<String> devices;
    private final List<String> tasks;
    private final List<String> attrs;

    /** The largest time up to each row; {@code null} if times never step back. */
    private final long @Nullable [] latest;

    Trace(TraceReport report, EventColumns events, List<String> devices, List<String> tasks, List<String> attrs) {
        this.report = report;
        this.events = events;
        this.devices = devices;
        this.tasks = tasks;
        this.attrs = attrs;
        this.lifetimes = new Lifetimes(events);
        this.latest = report.timeStepsBack() == 0 ? null : latest(events);
    }

    /** What was understood of the log and what not. */
    public TraceReport report() {
        return report;
    }

    /** How many events were read. */
    public int size() {
        return events.rows();
    }

    /** The time of the first event; 0 if there is none. */
    public TraceTime start() {
        return new TraceTime(events.rows() == 0 ? 0 : events.nanos(0));
    }

    /** The time of the last event; 0 if there is none. */
    public TraceTime end() {
        return new TraceTime(events.rows() == 0 ? 0 : nanos(events.rows() - 1));
    }

    /** The devices that mapped, synced or faulted, sorted. */
    public List<String> devices() {
        TreeSet<String> names = new TreeSet<>();
        for (int row = 0; row < events.rows(); row++) {
            if (events.device(row) >= 0 && events.kind(row).role() != FtraceKind.Role.DEVICE) {
                names.add(devices.get(events.device(row)));
            }
        }
        return List.copyOf(names);
    }

    /** Unmaps whose map the log does not show: it began earlier, lines were lost, or a driver unmapped what was not mapped. */
    public int unmatchedUnmaps() {
        return lifetimes.unmatched();
    }

    /** What was mapped at {@code seconds} on the log's clock. */
    public IovaMap iovaMap(double seconds) {
        return iovaMap(TraceTime.at(seconds));
    }

    /** What {@code device} had mapped at {@code seconds} on the log's clock. */
    public IovaMap iovaMap(double seconds, String device) {
        return iovaMap(TraceTime.at(seconds), device);
    }

    /** What was mapped at {@code time}, by everybody. */
    public IovaMap iovaMap(TraceTime time) {
        return map(time, Selection.ALL, spaceOf(Selection.ALL), report.source());
    }

    /** What {@code device} had mapped at {@code time}. */
    public IovaMap iovaMap(TraceTime time, String device) {
        Selection selection = new Selection(deviceId(device));
        return map(time, selection, spaceOf(selection), device);
    }

    /** What {@code device} had mapped inside {@code window} at {@code time}. */
    public IovaMap iovaMap(TraceTime time, String device, AddrRange<DmaAddr> window) {
        return map(time, new Selection(deviceId(device)), window, device);
    }

    /**
     * The smallest aligned power of two that holds every address {@code device} ever had: a window to look at a device that
     * uses the last megabytes of its space.
     */
    public AddrRange<DmaAddr> touched(String device) {
        Selection selection = new Selection(deviceId(device));
        long low = -1;
        long high = 0;
        for (int i = 0; i < lifetimes.size(); i++) {
            if (shown(i, selection)) {
                long last = lifetimes.start(i) + (lifetimes.bytes(i) - 1);
                low = Long.compareUnsigned(lifetimes.start(i), low) < 0 ? lifetimes.start(i) : low;
                high = Long.compareUnsigned(last, high) > 0 ? last : high;
            }
        }
        long differing = Long.compareUnsigned(low, high) > 0 ? 0 : low ^ high;
        int bits = Math.min(62, Math.max(12, 64 - Long.numberOfLeadingZeros(differing)));
        return new AddrRange<>(new DmaAddr((low == -1 ? 0 : low) & -(1L << bits)), 1L << bits);
    }

    /** The faults, in the order of the log. */
    public List<TraceFault> faults() {
        List<TraceFault> faults = new ArrayList<>();
        for (int row = 0; row < events.rows(); row++) {
            if (events.kind(row) == FtraceKind.IO_PAGE_FAULT) {
                faults.add(new TraceFault(
                        new TraceTime(events.nanos(row)),
                        deviceName(row),
                        devices.get((int) events.physical(row)),
                        new DmaAddr(events.address(row)),
                        events.bytes(row),
                        events.line(row)));
            }
        }
        return faults;
    }

    /** Every mapping that ever covered {@code address}, oldest first. */
    public List<TraceMapping> history(DmaAddr address) {
        List<TraceMapping> history = new ArrayList<>();
        for (int i = 0; i < lifetimes.size(); i++) {
            if (shown(i, Selection.ALL)
                    && Long.compareUnsigned(address.value() - lifetimes.start(i), lifetimes.bytes(i)) < 0) {
                history.add(mapping(i));
            }
        }
        return history;
    }

    /** What is still mapped when the log ends, oldest first: what a driver keeps, and what it leaks. */
    public List<TraceMapping> aliveAtEnd() {
        List<TraceMapping> alive = new ArrayList<>();
        for (int i = 0; i < lifetimes.size(); i++) {
            if (shown(i, Selection.ALL) && lifetimes.to(i) == Lifetimes.OPEN) {
                alive.add(mapping(i));
            }
        }
        return alive;
    }

    /** One row per device: how often it mapped, what failed, the most it had mapped, what it still has at the end. */
    public Columns deviceTable() {
        return new TraceTables(this).devices();
    }

    /** How many ranges and bytes {@code device} had mapped at {@code points} moments from start to end. */
    public Columns usage(String device, int points) {
        return new TraceTables(this).usage(deviceId(device), device, points);
    }

    /** Every event as a row. */
    public Columns table() {
        return new TraceTables(this).events();
    }

    /** {@code boot.log.gz: 13082 events of 4 devices, 4.311022 s to 31.450312 s}. */
    @Override
    public String toString() {
        if (events.rows() == 0) {
            return report.toString();
        }
        List<String> named = devices();
        return report.source() + ": " + events.rows() + " events of " + named.size()
                + (named.size() == 1 ? " device, " : " devices, ") + start() + " to " + end();
    }

    EventColumns events() {
        return events;
    }

    Lifetimes lifetimes() {
        return lifetimes;
    }

    List<String> deviceNames() {
        return devices;
    }

    /** Which mappings are wanted: those of one device, or all. */
    record Selection(int device) {
        static final Selection ALL = new Selection(-2);
    }

    boolean shown(int i, Selection selection) {
        return lifetimes.isShown(i)
                && (selection.device() == Selection.ALL.device()
                        || events.device(lifetimes.origin(i)) == selection.device());
    }

    /** How many events lie at or before {@code nanos}. */
    int rowsUntil(long nanos) {
        int low = 0;
        int high = events.rows();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nanos(middle) <= nanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The time of a row; never less than that of the row above. */
    long nanos(int row) {
        return latest == null ? events.nanos(row) : latest[row];
    }

    String deviceName(int row) {
        return events.device(row) < 0 ? NO_DEVICE : devices.get(events.device(row));
    }

    String taskName(int row) {
        return tasks.get(events.task(row));
    }

    String attributes(int row) {
        return events.attrs(row) < 0 ? "" : attrs.get(events.attrs(row));
    }

    String direction(int row) {
        int direction = events.direction(row);
        if (direction == FtraceEvent.NO_DIRECTION) {
            return "";
        }
        return direction == 3 ? "NONE" : FtraceEvent.DIRECTIONS.get(direction).name();
    }

    private IovaMap map(TraceTime time, Selection selection, AddrRange<DmaAddr> window, String title) {
        int until = rowsUntil(time.nanos());
        List<IovaMap.Entry> entries = new ArrayList<>();
        for (int i = 0; i < lifetimes.size() && lifetimes.from(i) < until; i++) {
            if (lifetimes.to(i) >= until && shown(i, selection)) {
                AddrRange<DmaAddr> range = range(i);
                if (range.overlaps(window)) {
                    int row = lifetimes.origin(i);
                    entries.add(new IovaMap.Entry(
                            IovaMap.Kind.MAPPED,
                            range,
                            deviceName(row),
                            label(row),
                            attributes(row),
                            time.nanos() - nanos(row)));
                }
            }
        }
        return new IovaMap(
                title,
                window,
                entries,
                time.toString(),
                "log " + report.source() + report.lacking(),
                OptionalLong.empty());
    }

    /** 32 bits unless the log shows more; then as many as its highest address needs, for every moment the same. */
    private AddrRange<DmaAddr> spaceOf(Selection selection) {
        long high = WINDOW_32_BIT - 1;
        for (int i = 0; i < lifetimes.size(); i++) {
            long last = lifetimes.start(i) + (lifetimes.bytes(i) - 1);
            if (Long.compareUnsigned(last, high) > 0 && shown(i, selection)) {
                high = last;
            }
        }
        int bits = Math.min(63, 64 - Long.numberOfLeadingZeros(high));
        return new AddrRange<>(new DmaAddr(0), bits == 63 ? Long.MAX_VALUE : 1L << bits);
    }

    private TraceMapping mapping(int i) {
        int row = lifetimes.origin(i);
        Optional<TraceTime> end = lifetimes.to(i) == Lifetimes.OPEN
                ? Optional.empty()
                : Optional.of(new TraceTime(nanos(lifetimes.to(i))));
        return new TraceMapping(
                deviceName(row), range(i), label(row), taskName(row), events.line(row), new TraceTime(nanos(row)), end);
    }

    private AddrRange<DmaAddr> range(int i) {
        return new AddrRange<>(new DmaAddr(lifetimes.start(i)), lifetimes.bytes(i));
    }

    private String label(int row) {
        String direction = direction(row);
        String label = events.kind(row).label();
        return direction.isEmpty() ? label : label + " " + direction;
    }

    private int deviceId(String device) {
        int id = device.equals(NO_DEVICE) ? -1 : devices.indexOf(device);
        if (id < 0 && !device.equals(NO_DEVICE)) {
            throw new IllegalArgumentException(
                    "no device named " + device + " in " + report.source() + " [devices=" + devices() + "]");
        }
        return id;
    }

    private static long[] latest(EventColumns events) {
        long[] latest = new long[events.rows()];
        long time = Long.MIN_VALUE;
        for (int row = 0; row < latest.length; row++) {
            time = Math.max(time, events.nanos(row));
            latest[row] = time;
        }
        return latest;
    }
}
