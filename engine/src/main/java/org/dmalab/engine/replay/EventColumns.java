package org.dmalab.engine.replay;

import java.util.Arrays;

/**
 * The events of a log, one row each, in typed columns; about 60 bytes a row.
 *
 * <p>Names are numbers into the log's name tables, plus 1 so that 0 is none. What a column holds for the kinds that have no
 * such field: a fault keeps its flags in {@code bytes} and the driver's number in {@code physical}.
 */
final class EventColumns {
    private int rows;
    private long[] nanos = new long[1024];
    private long[] address = new long[1024];
    private long[] bytes = new long[1024];
    private long[] physical = new long[1024];
    private int[] line = new int[1024];
    private int[] pid = new int[1024];
    private int[] list = new int[1024];
    private char[] device = new char[1024];
    private char[] task = new char[1024];
    private char[] attrs = new char[1024];
    private short[] cpu = new short[1024];
    private byte[] kind = new byte[1024];
    private byte[] direction = new byte[1024];
    private byte[] flags = new byte[1024];

    /** Per scatter list: the key of its physical addresses, the number of segments, their addresses, their lengths. */
    private long[] lists = new long[1024];

    private int listsUsed;

    void add(FtraceEvent event) {
        if (rows == nanos.length) {
            grow(Math.multiplyExact(rows, 2));
        }
        int row = rows++;
        nanos[row] = event.nanos;
        address[row] = event.address;
        bytes[row] = event.bytes;
        physical[row] = event.kind == FtraceKind.IO_PAGE_FAULT ? event.driver : event.physical;
        line[row] = (int) Math.min(event.line, Integer.MAX_VALUE);
        pid[row] = event.pid;
        device[row] = (char) (event.device + 1);
        task[row] = (char) (event.task + 1);
        attrs[row] = (char) (event.attrs + 1);
        cpu[row] = (short) Math.min(event.cpu, Short.MAX_VALUE);
        kind[row] = (byte) event.kind.code();
        direction[row] = (byte) event.direction;
        flags[row] = (byte) event.flags;
        FtraceKind.Role role = event.kind.role();
        if (role == FtraceKind.Role.MAP_SG || role == FtraceKind.Role.UNMAP_SG) {
            list[row] = addList(event);
        }
    }

    private int addList(FtraceEvent event) {
        int at = listsUsed;
        int need = Math.addExact(at, 2 + 2 * event.segments);
        if (need > lists.length) {
            lists = Arrays.copyOf(lists, Math.max(need, Math.multiplyExact(lists.length, 2)));
        }
        lists[at] = event.physicalKey;
        lists[at + 1] = event.segments;
        System.arraycopy(event.segmentAddresses, 0, lists, at + 2, event.segments);
        System.arraycopy(event.segmentBytes, 0, lists, at + 2 + event.segments, event.segments);
        listsUsed = need;
        return at;
    }

    int rows() {
        return rows;
    }

    long nanos(int row) {
        return nanos[row];
    }

    long address(int row) {
        return address[row];
    }

    long bytes(int row) {
        return bytes[row];
    }

    long physical(int row) {
        return physical[row];
    }

    int line(int row) {
        return line[row];
    }

    int pid(int row) {
        return pid[row];
    }

    int cpu(int row) {
        return cpu[row];
    }

    /** The device's number, -1 for none. */
    int device(int row) {
        return device[row] - 1;
    }

    /** The task's number. */
    int task(int row) {
        return task[row] - 1;
    }

    /** The number of the attributes' text, -1 for none. */
    int attrs(int row) {
        return attrs[row] - 1;
    }

    FtraceKind kind(int row) {
        return FtraceKind.ofCode(kind[row]);
    }

    int direction(int row) {
        return direction[row];
    }

    boolean failed(int row) {
        return (flags[row] & FtraceEvent.FAILED) != 0;
    }

    /** Stands for the physical addresses of a scatter list. */
    long listKey(int row) {
        return lists[list[row]];
    }

    int segments(int row) {
        return (int) lists[list[row] + 1];
    }

    long segmentAddress(int row, int segment) {
        return lists[list[row] + 2 + segment];
    }

    long segmentBytes(int row, int segment) {
        return lists[list[row] + 2 + segments(row) + segment];
    }

    private void grow(int size) {
        nanos = Arrays.copyOf(nanos, size);
        address = Arrays.copyOf(address, size);
        bytes = Arrays.copyOf(bytes, size);
        physical = Arrays.copyOf(physical, size);
        line = Arrays.copyOf(line, size);
        pid = Arrays.copyOf(pid, size);
        list = Arrays.copyOf(list, size);
        device = Arrays.copyOf(device, size);
        task = Arrays.copyOf(task, size);
        attrs = Arrays.copyOf(attrs, size);
        cpu = Arrays.copyOf(cpu, size);
        kind = Arrays.copyOf(kind, size);
        direction = Arrays.copyOf(direction, size);
        flags = Arrays.copyOf(flags, size);
    }
}
