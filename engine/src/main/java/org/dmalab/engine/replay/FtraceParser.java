package org.dmalab.engine.replay;

import static org.dmalab.engine.replay.FtraceHead.blanks;
import static org.dmalab.engine.replay.FtraceHead.isDigit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Takes the lines of a log one by one, hands events to a sink and counts everything else. */
final class FtraceParser {
    private static final int UNRESOLVED = 0;
    private static final int NOT_READ = 1;
    private static final int FIRST_KIND = 2;
    private static final int MAX_TASK = 64;
    private static final int LONGEST_EVENT = 40;
    private static final byte[] NOT_IOMMU = Tally.ascii("map or unmap, not of iommu");
    private static final byte[] BEYOND = Tally.ascii("(other)");
    private static final byte[] CUT = Tally.ascii("(long)");

    final Tally tally = new Tally();
    final Names devices = new Names();
    final Names attrs = new Names();
    final Names tasks = new Names();

    private final FtraceSink sink;
    private final FtraceEvent event = new FtraceEvent(devices, tasks);
    private final FtraceHead head = new FtraceHead();
    private final FtraceFields fields = new FtraceFields(event, devices, attrs);
    private byte[] resolved = new byte[256];
    private final long most;
    private long handedOn;
    private long lastNanos = Long.MIN_VALUE;

    /** Whether the line above is an event or a call chain, so that another line of the chain may follow. */
    private boolean inSample;

    FtraceParser(FtraceSink sink) {
        this(sink, Long.MAX_VALUE);
    }

    /** Reading ends at {@code most} events, each segment of a scatter list counting as another. */
    FtraceParser(FtraceSink sink, long most) {
        this.sink = sink;
        this.most = most;
    }

    /** Whether no further line may be given to it. */
    boolean isFull() {
        return handedOn >= most;
    }

    long most() {
        return most;
    }

    /** One line without its end. */
    void line(byte[] line, int from, int end) {
        tally.lines++;
        int to = end > from && line[end - 1] == '\r' ? end - 1 : end;
        int start = blanks(line, from, to);
        if (start == to) {
            tally.blank++;
            inSample = false;
        } else if (line[from] == '#') {
            comment(line, from, to);
        } else if (head.read(line, start, to)) {
            event(line, from, to);
            inSample = true;
        } else if (!other(line, from, start, to)) {
            tally.malformed(reason(line, start, to), line, from, to);
            inSample = false;
        }
    }

    /** A line of which only the beginning was kept. */
    void tooLong(byte[] line, int from, int to, int limit) {
        tally.lines++;
        tally.malformed("longer than " + limit + " bytes", line, from, to);
    }

    /** The last line of a file that breaks off. */
    void cut(byte[] line, int from, int to) {
        tally.lines++;
        tally.malformed("the file breaks off inside the line", line, from, to);
    }

    private void event(byte[] line, int from, int to) {
        int name = tally.eventId(line, head.nameFrom, head.nameTo);
        if (name < 0) {
            tally.beyondNames();
            return;
        }
        int state = resolve(name);
        if (state == NOT_READ) {
            tally.unknown(name);
            return;
        }
        FtraceKind kind = FtraceKind.ofCode(state - FIRST_KIND);
        if (kind.system().equals("iommu") && !FtraceFields.isIommu(line, head.textFrom, to)) {
            tally.unknown(NOT_IOMMU);
            return;
        }
        String problem = fields.read(kind, line, head.textFrom, to);
        if (problem != null) {
            tally.malformed(problem, line, from, to);
            return;
        }
        tally.read(name);
        event.line = tally.lines;
        event.nanos = head.nanos;
        event.cpu = head.cpu;
        event.pid = head.pid;
        event.task = task(line);
        if (head.nanos < lastNanos) {
            tally.timeStepsBack++;
        }
        lastNanos = head.nanos;
        tally.lacks(event);
        handedOn += 1 + event.segments;
        sink.event(event);
    }

    private int resolve(int name) {
        if (name >= resolved.length) {
            resolved = Arrays.copyOf(resolved, Math.max(name + 1, resolved.length * 2));
        }
        if (resolved[name] == UNRESOLVED) {
            FtraceKind kind = FtraceKind.named(tally.eventName(name));
            resolved[name] = (byte) (kind == null ? NOT_READ : FIRST_KIND + kind.code());
        }
        return resolved[name];
    }

    private int task(byte[] line) {
        if (head.taskTo - head.taskFrom > MAX_TASK) {
            return tasks.id(CUT, 0, CUT.length);
        }
        int id = tasks.id(line, head.taskFrom, head.taskTo);
        return id >= 0 ? id : lastTask(BEYOND);
    }

    /** The table is full: everything new shares its last entry. */
    private int lastTask(byte[] name) {
        int id = tasks.id(name, 0, name.length);
        return id >= 0 ? id : tasks.size() - 1;
    }

    private void comment(byte[] line, int from, int to) {
        int start = find(line, from, to, "buffer started ####");
        if (start >= 0 && find(line, from, to, "##### CPU ") == from) {
            tally.markers++;
            return;
        }
        tally.headers++;
        int written = find(line, from, to, "entries-in-buffer/entries-written: ");
        if (written >= 0) {
            int at = written + "entries-in-buffer/entries-written: ".length();
            long kept = number(line, at, to);
            while (at < to && isDigit(line[at])) {
                at++;
            }
            long all = at < to && line[at] == '/' ? number(line, at + 1, to) : kept;
            tally.overwritten += Math.max(0, all - kept);
        }
    }

    /** Lines that are no events but belong to a log: markers, call chains, forms without an event name. */
    private boolean other(byte[] line, int from, int start, int to) {
        if (head.isStack(line, to)) {
            tally.unknown(Tally.STACK);
        } else if (inSample && isCallChain(line, from, start, to)) {
            tally.continuations++;
        } else if (starts(line, start, to, "CPU:") || line[start] == '[') {
            return marker(line, start, to);
        } else if (starts(line, start, to, "cpus=") || starts(line, start, to, "version = ")) {
            tally.headers++;
        } else if (starts(line, start, to, "CPU ") && find(line, start, to, " is empty") >= 0) {
            tally.markers++;
        } else if (isFunctionGraph(line, start, to)) {
            tally.unknown(Tally.FUNCTION_GRAPH);
        } else if (head.problem().equals(FtraceHead.NOT_AN_EVENT) || !head.isFunction(line, to)) {
            return false;
        } else {
            tally.unknown(Tally.FUNCTION);
        }
        return true;
    }

    /** {@code CPU:n [LOST k EVENTS]}, {@code CPU:n [EVENTS DROPPED]}, {@code [n EVENTS DROPPED]}. */
    private boolean marker(byte[] line, int start, int to) {
        int open = line[start] == '[' ? start : find(line, start, to, " [") + 1;
        boolean lost = open > 0 && starts(line, open, to, "[LOST ");
        boolean dropped = find(line, start, to, "EVENTS DROPPED]") >= 0;
        if (!lost && !dropped) {
            return false;
        }
        tally.markers++;
        tally.lost += number(line, open + (lost ? "[LOST ".length() : 1), to);
        return true;
    }

    /** {@code  => function} of a stack, or {@code perf script}'s indented {@code address function+offset (module)}. */
    private static boolean isCallChain(byte[] line, int from, int start, int to) {
        if (starts(line, start, to, "=> ")) {
            return true;
        }
        int at = start;
        while (at < to && (line[at] == '\t' || line[at] == ' ')) {
            at++;
        }
        int digits = at;
        while (at < to && (isDigit(line[at]) || (line[at] >= 'a' && line[at] <= 'f'))) {
            at++;
        }
        return digits > from && at - digits >= 4 && at < to && line[at] == ' ';
    }

    /** {@code n)  12.345 us  |  name();}, also with the time in front: {@code secs.usecs |  n) ...}. */
    private static boolean isFunctionGraph(byte[] line, int start, int to) {
        int close = find(line, start, Math.min(to, start + 64), ") ");
        return close > start
                && isDigit(line[close - 1])
                && (line[start] >= '0' && line[start] <= '9')
                && find(line, close, to, "|") >= 0;
    }

    private String reason(byte[] line, int start, int to) {
        if (!head.problem().equals(FtraceHead.NOT_AN_EVENT)) {
            return head.problem();
        }
        if (isKernelMessage(line, start, to)) {
            return "a kernel message, not an event";
        }
        int colon = find(line, start, Math.min(to, start + LONGEST_EVENT), ": ");
        boolean named = colon > start
                && FtraceKind.named(new String(line, start, colon - start, StandardCharsets.ISO_8859_1)) != null;
        return named ? "no task, CPU and time before the event" : FtraceHead.NOT_AN_EVENT;
    }

    /** {@code [ secs.usecs] text}, as {@code dmesg} prints it. */
    private static boolean isKernelMessage(byte[] line, int start, int to) {
        int at = line[start] == '[' ? blanks(line, start + 1, to) : to;
        int digits = at;
        while (at < to && (isDigit(line[at]) || line[at] == '.')) {
            at++;
        }
        return at > digits && at < to && line[at] == ']';
    }

    private static boolean starts(byte[] line, int from, int to, String text) {
        if (to - from < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (line[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int find(byte[] line, int from, int to, String text) {
        for (int at = from; at + text.length() <= to; at++) {
            if (starts(line, at, to, text)) {
                return at;
            }
        }
        return -1;
    }

    /** The decimal number at {@code from}, 0 if there is none; more than 18 digits count as the largest. */
    private static long number(byte[] line, int from, int to) {
        long value = 0;
        for (int at = from; at < to && isDigit(line[at]); at++) {
            value = at - from < 18 ? value * 10 + line[at] - '0' : 0;
        }
        return value;
    }
}
