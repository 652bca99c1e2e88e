package org.dmalab.kernel.display;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.engine.dma.IovaMap.Kind;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.engine.experiment.LatencyTable.Row;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;

/** Values as the engine yields them, for the tests of their pictures. */
final class Examples {
    static final String BOARD = "model exynos4412, Linux 3.14";

    /** Markup, an event handler, a terminal escape, a text direction override, TeX, and more than fits anywhere. */
    static final String HOSTILE = "<script>alert(1)</script>\" onload=\"x' \u001b[31m\u0007\u202e $\\\\alpha$ "
            + "long-device-name-".repeat(40);

    private Examples() {}

    static AddrRange<DmaAddr> range(long start, long bytes) {
        return new AddrRange<>(new DmaAddr(start), bytes);
    }

    static Entry mapped(long start, long bytes, String owner, String label) {
        return new Entry(Kind.MAPPED, range(start, bytes), owner, label, "NO_KERNEL_MAPPING", 41_300);
    }

    static Entry reserved(long start, long bytes) {
        return new Entry(Kind.RESERVED, range(start, bytes), "pci", "PCI window", "", 0);
    }

    static IovaMap map(AddrRange<DmaAddr> window, List<Entry> entries) {
        return new IovaMap("fimc0", window, entries, "41.3 µs", BOARD, OptionalLong.empty());
    }

    /** A camera's window on an Exynos: three frames and a few small maps. */
    static IovaMap camera() {
        long base = 0x20000000L;
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            entries.add(mapped(base + Bytes.mib(8) * i, Bytes.mib(8), "fimc0", "alloc"));
        }
        for (int i = 0; i < 5; i++) {
            entries.add(mapped(base + Bytes.mib(24) + Bytes.kib(64) * i, Bytes.kib(64), "fimc0", "map TO_DEVICE"));
        }
        return map(range(base, Bytes.mib(128)), entries);
    }

    /** Nothing is free, so there is nothing to show in detail: one view. */
    static IovaMap full() {
        long base = 0x20000000L;
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            entries.add(mapped(base + Bytes.mib(8) * i, Bytes.mib(8), "fimc0", "alloc"));
        }
        return map(range(base, Bytes.mib(128)), entries);
    }

    static IovaMap frames() {
        long base = 0x20000000L;
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            entries.add(mapped(base + Bytes.mib(8) * i, Bytes.mib(8), "fimc0", "alloc"));
        }
        return map(range(base, Bytes.mib(128)), entries);
    }

    /** A window in crumbs: every second block of 64 KiB or so is in use. */
    static IovaMap fragmented() {
        Random random = new Random(42);
        List<Entry> entries = new ArrayList<>();
        long base = 0x20000000L;
        for (long at = 0; at < Bytes.mib(127); at += Bytes.kib(64) * (1 + random.nextInt(6))) {
            entries.add(mapped(base + at, Bytes.kib(64), "fimc0", "map FROM_DEVICE"));
        }
        return map(range(base, Bytes.mib(128)), entries);
    }

    /** The log of an arm64 machine: four devices at the top of 4 GiB, one page at 48 bits, PCI windows reserved. */
    static IovaMap arm64() {
        Random random = new Random(7);
        String[] devices = {"0000:00:01.0", "0000:00:02.0", "0000:00:03.0", "0000:00:1f.2"};
        List<Entry> entries = new ArrayList<>();
        long top = 0x1_0000_0000L;
        for (int i = 0; i < 400; i++) {
            long bytes = 4096L << random.nextInt(5);
            top = (top - bytes) & -bytes;
            if (random.nextInt(4) != 0) {
                entries.add(mapped(top, bytes, devices[random.nextInt(4)], "map TO_DEVICE"));
            }
        }
        entries.add(mapped(0xfffffffff000L, 4096, devices[1], "map FROM_DEVICE"));
        entries.add(reserved(0x10000000L, 0x2eff0000L));
        entries.add(reserved(0x8000000000L, 0x8000000000L));
        return new IovaMap(
                "arm64-612-strict-smp1",
                range(0, 1L << 48),
                entries,
                "12.904113 s",
                "recorded log, Linux 6.12.95 on QEMU virt, SMMUv3",
                OptionalLong.empty());
    }

    static FragmentationSnapshot fresh() {
        return new FragmentationSnapshot(
                List.of(
                        new ZoneOrders(0, "Normal", List.of(3L, 1L, 0L, 2L, 1L, 1L, 0L, 1L, 1L, 0L, 184L)),
                        new ZoneOrders(0, "HighMem", List.of(0L, 0L, 0L, 0L, 0L, 1L, 1L, 1L, 0L, 1L, 65L))),
                "0 ns",
                BOARD);
    }

    static FragmentationSnapshot aged() {
        return new FragmentationSnapshot(
                List.of(
                        new ZoneOrders(
                                0, "Normal", List.of(10234L, 7301L, 4022L, 2187L, 930L, 312L, 104L, 41L, 12L, 4L, 9L)),
                        new ZoneOrders(
                                0, "HighMem", List.of(5120L, 3002L, 1450L, 800L, 311L, 90L, 33L, 9L, 3L, 1L, 4L))),
                "3.2 s",
                BOARD);
    }

    static LatencyTable latencies() {
        List<Row> rows = List.of(
                new Row(
                        "coherent",
                        List.of(
                                cell(
                                        3_400_000,
                                        "zero pages",
                                        2_800_000,
                                        "table write",
                                        400_000,
                                        "cache clean",
                                        200_000),
                                cell(21_000, "table write", 21_000),
                                cell(24_000_000, "uncached access", 24_000_000)),
                        ""),
                new Row(
                        "WRITE_COMBINE",
                        List.of(
                                cell(
                                        3_400_000,
                                        "zero pages",
                                        2_800_000,
                                        "table write",
                                        400_000,
                                        "cache clean",
                                        200_000),
                                cell(21_000, "table write", 21_000),
                                cell(24_000_000, "uncached access", 24_000_000)),
                        "ARMv7: the same memory type as coherent"),
                new Row(
                        "NO_KERNEL_MAPPING",
                        List.of(
                                cell(2_950_000, "zero pages", 2_800_000, "cache clean", 150_000),
                                cell(21_000, "table write", 21_000),
                                new Cell(Double.NaN, List.of(), "the CPU has no address for it")),
                        "no vmalloc space used"),
                new Row(
                        "NON_CONSISTENT (June 2011 policy)",
                        List.of(
                                cell(2_800_000, "zero pages", 2_800_000),
                                cell(19_000, "table write", 19_000),
                                cell(1_600_000, "cache miss", 1_500_000, "cache invalidate", 100_000)),
                        "cached, explicit syncs"));
        return new LatencyTable(
                "DMA buffer per attribute", Bytes.mib(8), List.of("alloc", "mmap", "CPU read"), rows, BOARD);
    }

    /** {@code count} mappings of twelve devices, many of them overlapping. */
    static IovaMap crowd(int count) {
        Random random = new Random(1);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long start = 0x40000000L + ((random.nextLong() >>> 33) & -4096L);
            entries.add(mapped(start, 4096L << random.nextInt(3), "dev" + random.nextInt(12), "map TO_DEVICE"));
        }
        return map(range(0, 1L << 32), entries);
    }

    /** Three mappings whose every name is {@link #HOSTILE}. */
    static IovaMap hostileMap() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            entries.add(new Entry(
                    Kind.MAPPED,
                    range(0x20000000L + Bytes.mib(8) * i, Bytes.mib(4)),
                    HOSTILE + i,
                    HOSTILE,
                    HOSTILE,
                    -1));
        }
        return new IovaMap(
                HOSTILE, range(0x20000000L, Bytes.mib(128)), entries, HOSTILE, HOSTILE, OptionalLong.of(0x20400000L));
    }

    static LatencyTable hostileLatencies() {
        Row row = new Row(HOSTILE, List.of(new Cell(5, List.of(new Part(HOSTILE, 5)), HOSTILE)), HOSTILE);
        Row none = new Row(HOSTILE, List.of(new Cell(Double.NaN, List.of(), HOSTILE)), "");
        return new LatencyTable(HOSTILE, 4096, List.of(HOSTILE), List.of(row, none), HOSTILE);
    }

    static Columns columns() {
        return new Columns(
                "mappings " + HOSTILE,
                List.of(
                        Columns.Longs.addresses("iova", 0xffff_ffff_f000_0000L, 0x20000000L),
                        Columns.Longs.of("bytes", 4096, 8388608),
                        Columns.Doubles.of("µs", 0.25, Double.NaN),
                        new Columns.Text("owner", List.of(HOSTILE, "fimc0"))));
    }

    /** A picture that does not compress. */
    static BufferedImage noise(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(3);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        return image;
    }

    static LatencyTable manyCauses() {
        List<Object> causes = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            causes.add("a cause with a long name, number " + i);
            causes.add(i);
        }
        Row row = new Row("coherent", List.of(cell(60, causes.toArray())), "");
        return new LatencyTable("t", 4096, List.of("alloc"), List.of(row), BOARD);
    }

    static String html(MimeBundle bundle) {
        return String.valueOf(bundle.data().get(MimeBundle.HTML));
    }

    private static Cell cell(double nanos, Object... causes) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < causes.length; i += 2) {
            parts.add(new Part((String) causes[i], ((Number) causes[i + 1]).doubleValue()));
        }
        return new Cell(nanos, parts, "");
    }
}
