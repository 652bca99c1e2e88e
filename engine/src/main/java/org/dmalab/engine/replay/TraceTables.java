package org.dmalab.engine.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.experiment.Columns;

/** Tables made from a trace. */
final class TraceTables {
    private static final int NO_DEVICE = -1;

    private final Trace trace;
    private final EventColumns events;
    private final Lifetimes lifetimes;

    TraceTables(Trace trace) {
        this.trace = trace;
        this.events = trace.events();
        this.lifetimes = trace.lifetimes();
    }

    Columns devices() {
        List<String> names = new ArrayList<>(trace.devices());
        for (int i = 0; i < lifetimes.size(); i++) {
            if (lifetimes.isShown(i) && events.device(lifetimes.origin(i)) < 0) {
                names.add(Trace.NO_DEVICE);
                break;
            }
        }
        int[] index = new int[trace.deviceNames().size() + 1];
        Map<String, Integer> rowOf = new HashMap<>();
        for (String name : names) {
            rowOf.put(name, rowOf.size());
        }
        index[0] = rowOf.getOrDefault(Trace.NO_DEVICE, -1);
        for (int id = 0; id < trace.deviceNames().size(); id++) {
            index[id + 1] = rowOf.getOrDefault(trace.deviceNames().get(id), -1);
        }
        long[] maps = new long[names.size()];
        long[] failures = new long[names.size()];
        long[] peak = new long[names.size()];
        long[] alive = new long[names.size()];
        long[] aliveBytes = new long[names.size()];
        int[] firstEnd = new int[events.rows()];
        int[] nextEnd = new int[lifetimes.size()];
        linkEnds(firstEnd, nextEnd);
        int begun = 0;
        for (int row = 0; row < events.rows(); row++) {
            for (int i = firstEnd[row] - 1; i >= 0; i = nextEnd[i] - 1) {
                int at = index[events.device(lifetimes.origin(i)) + 1];
                alive[at]--;
                aliveBytes[at] -= lifetimes.bytes(i);
            }
            for (; begun < lifetimes.size() && lifetimes.from(begun) == row; begun++) {
                if (lifetimes.isShown(begun)) {
                    int at = index[events.device(lifetimes.origin(begun)) + 1];
                    maps[at] += lifetimes.origin(begun) == row ? 1 : 0;
                    alive[at]++;
                    aliveBytes[at] += lifetimes.bytes(begun);
                    peak[at] = Math.max(peak[at], aliveBytes[at]);
                }
            }
            if (events.failed(row) && index[events.device(row) + 1] >= 0) {
                failures[index[events.device(row) + 1]]++;
            }
        }
        return new Columns(
                "devices of " + trace.report().source(),
                List.of(
                        new Columns.Text("device", names),
                        Columns.Longs.of("ranges mapped", maps),
                        Columns.Longs.of("failed", failures),
                        Columns.Longs.of("most bytes mapped", peak),
                        Columns.Longs.of("ranges mapped at the end", alive),
                        Columns.Longs.of("bytes mapped at the end", aliveBytes)));
    }

    Columns usage(int device, String name, int points) {
        if (points < 2) {
            throw new IllegalArgumentException("points must be at least 2: " + points);
        }
        double[] seconds = new double[points];
        long[] ranges = new long[points];
        long[] bytes = new long[points];
        long start = trace.start().nanos();
        double step = (double) (trace.end().nanos() - start) / (points - 1);
        Usage usage = new Usage(device);
        for (int i = 0; i < points; i++) {
            long nanos = i == points - 1 ? trace.end().nanos() : start + Math.round(i * step);
            usage.advance(trace.rowsUntil(nanos));
            seconds[i] = new TraceTime(nanos).seconds();
            ranges[i] = usage.ranges;
            bytes[i] = usage.bytes;
        }
        return new Columns(
                "mapped by " + name + " in " + trace.report().source(),
                List.of(
                        Columns.Doubles.of("time [s]", seconds),
                        Columns.Longs.of("ranges", ranges),
                        Columns.Longs.of("bytes", bytes)));
    }

    Columns events() {
        int rows = events.rows();
        double[] seconds = new double[rows];
        long[] lines = new long[rows];
        long[] cpus = new long[rows];
        long[] pids = new long[rows];
        long[] addresses = new long[rows];
        long[] bytes = new long[rows];
        long[] physical = new long[rows];
        List<String> names = new ArrayList<>(rows);
        List<String> devices = new ArrayList<>(rows);
        List<String> directions = new ArrayList<>(rows);
        List<String> attributes = new ArrayList<>(rows);
        List<String> tasks = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            boolean fault = events.kind(row) == FtraceKind.IO_PAGE_FAULT;
            lines[row] = events.line(row);
            seconds[row] = new TraceTime(events.nanos(row)).seconds();
            cpus[row] = events.cpu(row);
            pids[row] = events.pid(row);
            addresses[row] = events.address(row);
            bytes[row] = fault ? 0 : events.bytes(row);
            physical[row] = fault ? 0 : events.physical(row);
            names.add(events.kind(row).event());
            devices.add(events.device(row) < 0 ? "" : trace.deviceName(row));
            directions.add(trace.direction(row));
            attributes.add(trace.attributes(row));
            tasks.add(trace.taskName(row));
        }
        return new Columns(
                "events of " + trace.report().source(),
                List.of(
                        Columns.Longs.of("line", lines),
                        Columns.Doubles.of("time [s]", seconds),
                        new Columns.Text("event", names),
                        new Columns.Text("device", devices),
                        Columns.Longs.addresses("dma address", addresses),
                        Columns.Longs.of("bytes", bytes),
                        Columns.Longs.addresses("physical address", physical),
                        new Columns.Text("direction", directions),
                        new Columns.Text("attributes", attributes),
                        Columns.Longs.of("cpu", cpus),
                        new Columns.Text("task", tasks),
                        Columns.Longs.of("pid", pids)));
    }

    /** Per row the ranges that end there, as linked lists of numbers plus 1. */
    private void linkEnds(int[] first, int[] next) {
        for (int i = 0; i < lifetimes.size(); i++) {
            int row = lifetimes.to(i);
            if (row != Lifetimes.OPEN && lifetimes.isShown(i)) {
                next[i] = first[row];
                first[row] = i + 1;
            }
        }
    }

    private boolean wanted(int i, int device) {
        int owner = events.device(lifetimes.origin(i));
        return lifetimes.isShown(i) && (owner == device || (device == NO_DEVICE && owner < 0));
    }

    /** Walks through a device's mappings in the order of the log. */
    private final class Usage {
        private final int device;

        /** Per row, by how much the live ranges and bytes change. */
        private final int[] rangesDelta;

        private final long[] bytesDelta;
        private int row;
        long ranges;
        long bytes;

        Usage(int device) {
            this.device = device;
            this.rangesDelta = new int[events.rows()];
            this.bytesDelta = new long[events.rows()];
            for (int i = 0; i < lifetimes.size(); i++) {
                if (wanted(i, this.device)) {
                    add(lifetimes.from(i), 1, lifetimes.bytes(i));
                    if (lifetimes.to(i) != Lifetimes.OPEN) {
                        add(lifetimes.to(i), -1, -lifetimes.bytes(i));
                    }
                }
            }
        }

        private void add(int at, int count, long length) {
            rangesDelta[at] += count;
            bytesDelta[at] += length;
        }

        void advance(int until) {
            for (; row < until; row++) {
                ranges += rangesDelta[row];
                bytes += bytesDelta[row];
            }
        }
    }
}
