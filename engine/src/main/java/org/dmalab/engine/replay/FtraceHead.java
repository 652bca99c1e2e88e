package org.dmalab.engine.replay;

import org.jspecify.annotations.Nullable;

/**
 * The head of an event line: task, CPU, time, event name.
 *
 * <pre>
 * trace              {@code  %16s-%-7d [(tgid)] [cpu] state secs.usecs: event: text}     state: 4, 5 or 7 characters or none
 * trace-cmd report   {@code  comm-pid [cpu] [state] secs.usecs: event: text}
 * perf script        {@code  comm pid[/tid] [cpu] secs.usecs: system:event: text}        comm may hold blanks
 * </pre>
 */
final class FtraceHead {
    static final String NOT_AN_EVENT = "not an ftrace line";

    /** Task, thread group, and CPU fit into this many bytes; a name of a task has at most 15. */
    private static final int REACH = 256;

    private static final int MAX_STATE = 16;
    private static final int MAX_NAME = 128;
    private static final long MAX_SECONDS = Long.MAX_VALUE / 1_000_000_000L - 1;

    int taskFrom;
    int taskTo;
    int pid;
    int cpu;
    long nanos;
    int nameFrom;
    int nameTo;
    int textFrom;

    /** Where the text after the time's colon begins. */
    private int afterTime;

    private @Nullable String problem;

    /**
     * Reads the head of the line in {@code [from, to)}; the first bytes are no blanks.
     *
     * @return whether the line has one; if not, {@link #problem()} says what is wrong
     */
    boolean read(byte[] line, int from, int to) {
        problem = null;
        if (!place(line, from, to)) {
            return false;
        }
        return name(line, afterTime, to);
    }

    String problem() {
        return problem == null ? NOT_AN_EVENT : problem;
    }

    private boolean place(byte[] line, int from, int to) {
        int reach = Math.min(to, from + REACH);
        for (int open = from; open < reach; open++) {
            if (line[open] != '[') {
                continue;
            }
            int at = open + 1;
            int number = 0;
            while (at < to && at - open <= 6 && isDigit(line[at])) {
                number = number * 10 + line[at++] - '0';
            }
            if (at > open + 1 && at < to && line[at] == ']' && time(line, at + 1, to) && task(line, from, open)) {
                cpu = number;
                return true;
            }
        }
        String withCpu = problem;
        boolean placed = placeWithoutCpu(line, from, reach, to);
        problem = placed ? null : withCpu;
        return placed;
    }

    /** {@code perf script} prints no CPU for recordings of one task. */
    private boolean placeWithoutCpu(byte[] line, int from, int reach, int to) {
        for (int at = from + 1; at < reach; at++) {
            if (line[at - 1] == ' ' && isDigit(line[at]) && seconds(line, at, to) && task(line, from, at)) {
                cpu = -1;
                return true;
            }
        }
        return false;
    }

    private boolean time(byte[] line, int from, int to) {
        int at = blanks(line, from, to);
        if (seconds(line, at, to)) {
            return true;
        }
        int state = at;
        while (at < to && at - state <= MAX_STATE && line[at] != ' ') {
            at++;
        }
        return at < to && line[at] == ' ' && seconds(line, blanks(line, at, to), to);
    }

    private boolean seconds(byte[] line, int from, int to) {
        int at = from;
        long seconds = 0;
        while (at < to && isDigit(line[at])) {
            seconds = Math.min(seconds * 10 + line[at++] - '0', MAX_SECONDS + 1);
        }
        if (at == from || at >= to) {
            return false;
        }
        if (line[at] == ':') {
            problem = "the time has no fraction: the clock does not tick in seconds";
            return false;
        }
        if (line[at] != '.') {
            return false;
        }
        int fraction = ++at;
        long rest = 0;
        while (at < to && at - fraction < 9 && isDigit(line[at])) {
            rest = rest * 10 + line[at++] - '0';
        }
        if (at == fraction || at >= to || line[at] != ':') {
            return false;
        }
        if (seconds > MAX_SECONDS) {
            problem = "the time does not fit into 64 bits of nanoseconds";
            return false;
        }
        for (int digits = at - fraction; digits < 9; digits++) {
            rest *= 10;
        }
        nanos = seconds * 1_000_000_000L + rest;
        afterTime = at + 1;
        return true;
    }

    /** Reads backwards from {@code end}: a thread group in round brackets, the pid, then the rest is the name. */
    private boolean task(byte[] line, int from, int end) {
        int at = trim(line, from, end);
        if (at > from && line[at - 1] == ')') {
            int open = at - 1;
            while (open > from && at - open < 16 && line[open] != '(') {
                open--;
            }
            if (line[open] != '(') {
                return false;
            }
            at = trim(line, from, open);
        }
        int digits = at;
        while (digits > from && isDigit(line[digits - 1])) {
            digits--;
        }
        if (digits == at || digits == from || at - digits > 9) {
            return false;
        }
        int number = 0;
        for (int i = digits; i < at; i++) {
            number = number * 10 + line[i] - '0';
        }
        int nameEnd = digits - 1;
        if (line[nameEnd] == '/') {
            while (nameEnd > from && isDigit(line[nameEnd - 1])) {
                nameEnd--;
            }
        } else if (line[nameEnd] != '-' && line[nameEnd] != ' ') {
            return false;
        }
        pid = number;
        taskFrom = from;
        taskTo = line[nameEnd] == '-' ? nameEnd : trim(line, from, nameEnd);
        return true;
    }

    /** {@code event: text} or {@code system:event: text}; the name then includes the system. */
    private boolean name(byte[] line, int from, int to) {
        nameFrom = blanks(line, from, to);
        int at = nameFrom;
        int end = Math.min(to, nameFrom + MAX_NAME);
        boolean system = false;
        for (; at < end; at++) {
            byte c = line[at];
            if (c == ':' && at > nameFrom) {
                boolean more = !system && at + 1 < to && isNameByte(line[at + 1]) && endsInColon(line, at + 1, end);
                if (!more) {
                    nameTo = at;
                    textFrom = blanks(line, at + 1, to);
                    return true;
                }
                system = true;
            } else if (!isNameByte(c)) {
                break;
            }
        }
        nameTo = at;
        textFrom = at;
        problem = "no event name after the time";
        return false;
    }

    /** Whether the rest after the time is one of the forms without an event name: a function, a stack. */
    boolean isFunction(byte[] line, int to) {
        for (int at = nameTo; at + 3 < to; at++) {
            if (line[at] == ' ' && line[at + 1] == '<' && line[at + 2] == '-') {
                return true;
            }
        }
        return false;
    }

    boolean isStack(byte[] line, int to) {
        return problem != null && nameFrom < to && line[nameFrom] == '<' && line[to - 1] == '>';
    }

    private static boolean endsInColon(byte[] line, int from, int end) {
        int at = from;
        while (at < end && isNameByte(line[at])) {
            at++;
        }
        return at < end && line[at] == ':';
    }

    static int blanks(byte[] line, int from, int to) {
        int at = from;
        while (at < to && line[at] == ' ') {
            at++;
        }
        return at;
    }

    private static int trim(byte[] line, int from, int to) {
        int at = to;
        while (at > from && line[at - 1] == ' ') {
            at--;
        }
        return at;
    }

    static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameByte(byte c) {
        return (c >= 'a' && c <= 'z') || isDigit(c) || c == '_' || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    }
}
