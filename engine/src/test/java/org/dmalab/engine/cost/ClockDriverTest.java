package org.dmalab.engine.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each event of memory and caches is charged as, with a price of its own for each thing. */
final class ClockDriverTest {
    private static final int LINE = 32;

    private static CostModel prices() {
        Map<Price, CostModel.Entry> entries = new EnumMap<>(Price.class);
        for (Price price : Price.values()) {
            entries.put(price, new CostModel.Entry(nanos(price), "test"));
        }
        return new CostModel("test", entries);
    }

    /** No sum of a few of them is another one. */
    private static double nanos(Price price) {
        return Math.pow(3, price.ordinal());
    }

    static Stream<Arguments> events() {
        int clean = CacheOperation.CLEAN.code();
        return Stream.of(
                row(
                        "L1 hit",
                        s -> s.cpuAccess(0, 0, 4, false, MemoryType.WRITE_BACK, 1),
                        Cause.CPU_CACHED,
                        Price.L1_HIT),
                row(
                        "L2 hit",
                        s -> s.cpuAccess(0, 0, 4, true, MemoryType.WRITE_BACK, 2),
                        Cause.CPU_CACHED,
                        Price.L2_HIT),
                row(
                        "store written through",
                        s -> {
                            s.cpuAccess(0, 0, 8, true, MemoryType.WRITE_THROUGH, 0);
                            s.storeWrittenThrough(0, 0, 8, false);
                        },
                        Cause.CPU_CACHED,
                        Price.UNCACHED_WRITE),
                row(
                        "uncached load",
                        s -> s.cpuAccess(0, 0, 8, false, MemoryType.NORMAL_NONCACHEABLE, 0),
                        Cause.CPU_UNCACHED,
                        Price.UNCACHED_READ),
                row(
                        "ordered store",
                        s -> s.cpuAccess(0, 0, 4, true, MemoryType.STRONGLY_ORDERED, 0),
                        Cause.CPU_UNCACHED,
                        Price.ORDERED_WRITE),
                row("fill", s -> s.lineFilled(0, 4096, LINE, false), Cause.CPU_CACHED, Price.RAM_RANDOM),
                row(
                        "line of another CPU",
                        s -> s.lineTransferred(1, 0, LINE, false),
                        Cause.CPU_CACHED,
                        Price.SNOOP_HIT),
                row("line for a device", s -> s.lineTransferred(-1, 0, LINE, false), Cause.DEVICE, Price.SNOOP_HIT),
                row(
                        "write-back to RAM",
                        s -> s.lineWrittenBack(2, 4096, LINE, false),
                        Cause.CPU_CACHED,
                        Price.WRITE_BACK_RANDOM),
                row(
                        "inner maintenance",
                        s -> s.cacheMaintained(1, clean, 0, 1, 0),
                        Cause.CACHE_MAINTENANCE,
                        Price.INNER_OP),
                row(
                        "outer maintenance",
                        s -> s.cacheMaintained(2, clean, 0, 1, 0),
                        Cause.CACHE_MAINTENANCE,
                        Price.OUTER_OP),
                row("migration", s -> s.pageMigrated(1, 2), Cause.MIGRATE, Price.PAGE_MIGRATE),
                row("page that stays", s -> s.pageMigrationFailed(1, 11), Cause.MIGRATE, Price.MIGRATE_RETRY),
                row("busy place", s -> s.cmaBusyRetry(0, 1, 1, 0), Cause.MIGRATE, Price.MIGRATE_RETRY),
                row("kmap", s -> s.kmapMapped(1, 2), Cause.KERNEL_MAPPING, Price.KERNEL_PTE),
                row("barrier", s -> s.barrier(0), Cause.BARRIER, Price.BARRIER));
    }

    private static Arguments row(String name, Consumer<TraceSink> event, Cause cause, Price price) {
        return Arguments.of(name, event, cause, price);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("events")
    void event_isChargedOncePerThing(String name, Consumer<TraceSink> event, Cause cause, Price price) {
        ClockDriver clock = new ClockDriver(prices(), LINE, 2);
        event.accept(clock);
        assertEquals(
                Map.of(cause, Math.round(nanos(price) * 1000)), clock.ledger().picos(), name);
        assertEquals(Math.round(nanos(price) * 1000), clock.clock().picos());
    }

    @Test
    void speculation_isCounted_butNoOnesTime() {
        ClockDriver clock = new ClockDriver(prices(), LINE, 2);
        clock.lineFilled(0, 4096, LINE, true);
        clock.lineWrittenBack(2, 8192, LINE, true);
        clock.storeWrittenThrough(0, 0, LINE, true);
        clock.lineTransferred(0, 0, LINE, true);
        assertEquals(0, clock.clock().picos());
        assertEquals(Map.of(), clock.ledger().picos());
        assertEquals(
                nanos(Price.RAM_RANDOM)
                        + nanos(Price.WRITE_BACK_RANDOM)
                        + 4 * nanos(Price.UNCACHED_WRITE)
                        + nanos(Price.SNOOP_HIT),
                clock.speculativeNanos());
    }

    @Test
    void speculation_betweenTwoFills_leavesThemAStream() {
        ClockDriver clock = new ClockDriver(prices(), LINE, 2);
        clock.lineFilled(0, 4096, LINE, false);
        clock.lineWrittenBack(2, 4096, LINE, false);
        long before = clock.clock().picos();
        clock.lineFilled(0, 65536, LINE, true);
        clock.lineWrittenBack(2, 65536, LINE, true);
        clock.lineFilled(0, 4096 + LINE, LINE, false);
        clock.lineWrittenBack(2, 4096 + LINE, LINE, false);
        assertEquals(
                Math.round((nanos(Price.RAM_STREAM) + nanos(Price.WRITE_BACK_STREAM)) * 1000),
                clock.clock().picos() - before);
    }

    @Test
    void writeBack_followsTheLastOne_isPricedAsAStream() {
        ClockDriver clock = new ClockDriver(prices(), LINE, 2);
        clock.lineWrittenBack(2, 4096, LINE, false);
        long first = clock.clock().picos();
        clock.lineWrittenBack(2, 4096 + LINE, LINE, false);
        assertEquals(
                Math.round(nanos(Price.WRITE_BACK_STREAM) * 1000), clock.clock().picos() - first);
    }

    @Test
    void writeBack_ofTheOnlyLevel_goesToRam() {
        ClockDriver one = new ClockDriver(prices(), LINE, 1);
        one.lineWrittenBack(1, 4096, LINE, false);
        assertEquals(
                Math.round(nanos(Price.WRITE_BACK_RANDOM) * 1000), one.clock().picos());
        ClockDriver two = new ClockDriver(prices(), LINE, 2);
        two.lineWrittenBack(1, 4096, LINE, false);
        assertEquals(0, two.clock().picos(), "the outer cache takes it");
    }

    @Test
    void maintenance_thatWritesLinesBack_paysForEach() {
        ClockDriver clock = new ClockDriver(prices(), LINE, 2);
        clock.cacheMaintained(2, CacheOperation.CLEAN.code(), 0, 5, 3);
        assertEquals(
                Math.round((5 * nanos(Price.OUTER_OP) + 3 * nanos(Price.WRITE_BACK_STREAM)) * 1000),
                clock.clock().picos());
    }
}
