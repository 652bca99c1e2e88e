package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AddressMap.Area;
import org.dmalab.engine.dma.AddressMap.Kind;
import org.dmalab.engine.dma.AddressMap.Mark;
import org.dmalab.engine.dma.AddressMap.Strip;

/** Address maps, for the tests of their pictures. */
final class AddressExamples {
    private AddressExamples() {}

    static Area virt(long start, long bytes, String name, Kind kind, String note) {
        return new Area(new AddrRange<>(new VirtAddr(start), bytes), name, kind, note);
    }

    static Area phys(long start, long bytes, String name, Kind kind, String note) {
        return new Area(new AddrRange<>(new PhysAddr(start), bytes), name, kind, note);
    }

    static Area dma(long start, long bytes, String name, Kind kind, String note) {
        return new Area(new AddrRange<>(new DmaAddr(start), bytes), name, kind, note);
    }

    static AddressMap map(String title, Strip... strips) {
        return new AddressMap(title, List.of(strips), "41.3 µs", Examples.BOARD);
    }

    static Strip kernel() {
        return new Strip(
                "CPU, kernel",
                List.of(
                        virt(0xbf000000L, Bytes.mib(16), "modules", Kind.MEMORY, ""),
                        virt(0xc0000000L, Bytes.mib(760), "lowmem", Kind.MEMORY, "write-back"),
                        virt(0xf0000000L, Bytes.mib(8), "vmalloc: fimc0", Kind.UNCACHED, "coherent alloc"),
                        virt(0xf0800000L, 4096, "guard page", Kind.RESERVED, ""),
                        virt(0xff800000L, Bytes.mib(2), "consistent region", Kind.UNCACHED, "2 MiB"),
                        virt(0xffff0000L, 4096, "vectors", Kind.RESERVED, "")),
                List.of(
                        new Mark(new VirtAddr(0xc0001000L), "the byte"),
                        new Mark(new VirtAddr(0xf0001000L), "the byte")));
    }

    static Strip ram() {
        return new Strip(
                "RAM",
                List.of(
                        phys(0x10000000L, Bytes.mib(64), "peripherals", Kind.DEVICE, ""),
                        phys(0x40000000L, Bytes.mib(8), "kernel image", Kind.RESERVED, ""),
                        phys(0x40800000L, Bytes.mib(952), "System RAM", Kind.MEMORY, "Normal and HighMem"),
                        phys(0x7c000000L, Bytes.mib(64), "CMA", Kind.WINDOW, "64 MiB")),
                List.of(new Mark(new PhysAddr(0x40801000L), "the byte")));
    }

    static Strip device(String name) {
        return new Strip(
                name,
                List.of(
                        dma(0x20000000L, Bytes.mib(8), "frame 0", Kind.WINDOW, "mapped"),
                        dma(0x20800000L, Bytes.mib(120), "not mapped", Kind.HOLE, "")),
                List.of(new Mark(new DmaAddr(0x20001000L), "the byte"), new Mark(new DmaAddr(0x30000000L), "fault")));
    }

    static AddressMap oneByte() {
        return map("One byte, four addresses", kernel(), ram(), device("fimc0"));
    }

    static AddressMap vmalloc(int count) {
        Random random = new Random(5);
        List<Area> areas = new ArrayList<>();
        long at = 0xf0000000L;
        for (int i = 0; i < count; i++) {
            long bytes = 4096L << random.nextInt(count > 500 ? 4 : 8);
            areas.add(virt(
                    at,
                    bytes,
                    random.nextInt(3) == 0 ? "ioremap" : "dma_alloc_coherent",
                    random.nextInt(3) == 0 ? Kind.DEVICE : Kind.UNCACHED,
                    "caller+0x" + i));
            at += bytes + 4096 + (random.nextInt(20) == 0 ? Bytes.kib(600) : 0);
        }
        return map("vmalloc", new Strip("vmalloc area", areas, List.of()));
    }

    static AddressMap arm64() {
        return map(
                "Five views",
                new Strip(
                        "CPU0, kernel",
                        List.of(
                                virt(0xffff000000000000L, 1L << 47, "linear map", Kind.MEMORY, ""),
                                virt(0xffff800008000000L, 1L << 46, "vmalloc", Kind.UNCACHED, "")),
                        List.of(new Mark(new VirtAddr(0xffff000012345000L), "frame"))),
                ram(),
                device("fimc0"),
                device("mixer"),
                new Strip(
                        "all",
                        List.of(dma(0, Long.MAX_VALUE, "everything", Kind.WINDOW, "")),
                        List.of(new Mark(new DmaAddr(-1), "the byte"))),
                new Strip("empty", List.of(), List.of()),
                new Strip("not shown", List.of(), List.of()));
    }

    static AddressMap hostile() {
        List<Mark> marks = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            marks.add(new Mark(new PhysAddr(i * 7919L), Examples.HOSTILE + i));
        }
        List<Area> areas = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            areas.add(phys(4096L * 3 * kind.ordinal(), 4096, Examples.HOSTILE + kind, kind, Examples.HOSTILE));
        }
        Strip strip = new Strip(Examples.HOSTILE, areas, marks);
        return new AddressMap(Examples.HOSTILE, List.of(strip, strip, strip), Examples.HOSTILE, Examples.HOSTILE);
    }

    /** One to six strips of areas, gaps and marks of any size. */
    static AddressMap random(int seed) {
        Random random = new Random(seed);
        Strip[] strips = new Strip[1 + seed % 6];
        for (int i = 0; i < strips.length; i++) {
            List<Area> areas = new ArrayList<>();
            List<Mark> marks = new ArrayList<>();
            long at = random.nextInt(3) == 0 ? 0xffff_0000_0000_0000L : 0x1000L * random.nextInt(1000);
            for (int k = random.nextInt(60); k > 0; k--) {
                long bytes = 4096L << random.nextInt(25);
                Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
                areas.add(dma(at, bytes, "area " + k, kind, random.nextBoolean() ? "" : "a note about it"));
                if (random.nextInt(8) == 0) {
                    marks.add(new Mark(new DmaAddr(at + random.nextInt(1 << 14)), "mark " + random.nextInt(4)));
                }
                at += bytes + (random.nextBoolean() ? 0 : 4096L << random.nextInt(20));
            }
            strips[i] = new Strip("strip " + i, areas, marks);
        }
        return map("random " + seed, strips);
    }

    static List<AddressMap> all() {
        return List.of(
                oneByte(),
                vmalloc(30),
                vmalloc(2000),
                arm64(),
                hostile(),
                map("nothing"),
                map("no areas", new Strip("a", List.of(), List.of(new Mark(new DmaAddr(5), "m")))),
                map(
                        "one of each",
                        device("a"),
                        new Strip("b", vmalloc(100).strips().get(0).areas(), List.of())));
    }
}
