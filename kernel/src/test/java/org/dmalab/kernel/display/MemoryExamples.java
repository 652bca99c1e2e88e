package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageMap.Run;
import org.dmalab.engine.memory.PageMap.Use;

/** Maps of page frames, for the tests of their pictures. */
final class MemoryExamples {
    private MemoryExamples() {}

    /** A map of what follows from {@code firstPfn}; each part's page frame is set to where the one before ends. */
    static PageMap pages(String name, long firstPfn, List<Run> parts) {
        List<Run> runs = new ArrayList<>();
        long next = firstPfn;
        for (Run part : parts) {
            runs.add(new Run(next, part.pages(), part.use(), part.owner()));
            next += part.pages();
        }
        return new PageMap(name, firstPfn, next - firstPfn, runs, "41.3 µs", Examples.BOARD);
    }

    static Run run(long pages, Use use, String owner) {
        return new Run(0, pages, use, owner);
    }

    /** A CMA area of 64 MiB: buffers, page cache that can move, two pages that a GPU holds. */
    static PageMap cma() {
        return pages(
                "CMA \"reserved\"",
                0x4c000,
                List.of(
                        run(2048, Use.CONTIGUOUS, "fimc0"),
                        run(2048, Use.CONTIGUOUS, "mixer"),
                        run(700, Use.FREE, ""),
                        run(1, Use.PINNED, "gpu"),
                        run(650, Use.FREE, ""),
                        run(3400, Use.MOVABLE, "page cache"),
                        run(768, Use.FREE, ""),
                        run(1, Use.PINNED, "gpu"),
                        run(5000, Use.MOVABLE, "page cache"),
                        run(600, Use.FREE, ""),
                        run(1168, Use.CONTIGUOUS, "jpeg")));
    }

    /** The smallest coherent pool: 16 pages. */
    static PageMap small() {
        return pages(
                "coherent pool",
                0x80000,
                List.of(
                        run(3, Use.CONTIGUOUS, "usb"),
                        run(1, Use.FREE, ""),
                        run(5, Use.UNMOVABLE, "driver"),
                        run(7, Use.FREE, "")));
    }

    /** A zone of 1 GiB above 4 GiB, in crumbs. */
    static PageMap zone() {
        Random random = new Random(11);
        List<Run> parts = new ArrayList<>();
        parts.add(run(2300, Use.RESERVED, "kernel image"));
        long left = (1 << 18) - 2300;
        Use before = Use.RESERVED;
        Use[] uses = {Use.FREE, Use.FREE, Use.MOVABLE, Use.MOVABLE, Use.UNMOVABLE, Use.CONTIGUOUS};
        while (left > 0) {
            Use use = uses[random.nextInt(uses.length)];
            if (use == before) {
                continue;
            }
            long pages = Math.min(left, 1L << random.nextInt(left > 150_000 ? 7 : 14));
            parts.add(run(pages, use, use == Use.CONTIGUOUS ? "ion" : ""));
            left -= pages;
            before = use;
            if (left > 3 && random.nextInt(200) == 0) {
                parts.add(run(3, Use.PINNED, "process " + random.nextInt(40)));
                left -= 3;
                before = Use.PINNED;
            }
        }
        return pages("Normal", 0x880000, parts);
    }

    static PageMap hostilePages() {
        List<Run> parts = new ArrayList<>();
        for (Use use : Use.values()) {
            parts.add(run(777, use, Examples.HOSTILE + use));
        }
        PageMap map = pages(Examples.HOSTILE, 0x12345, parts);
        return new PageMap(map.name(), map.firstPfn(), map.pages(), map.runs(), Examples.HOSTILE, Examples.HOSTILE);
    }

    /** Every second page pinned. */
    static PageMap combed() {
        List<Run> parts = new ArrayList<>();
        for (int i = 0; i < 2048; i++) {
            parts.add(run(1, Use.PINNED, "😀 " + i % 5));
            parts.add(run(1, Use.FREE, ""));
        }
        return pages("comb", 0x100, parts);
    }

    /** {@code pages} page frames of random use and owners, from an address that is no multiple of a row. */
    static PageMap random(long pages) {
        Random random = new Random(pages);
        List<Run> parts = new ArrayList<>();
        for (long left = pages; left > 0; ) {
            long size = Math.min(left, 1 + random.nextInt((int) Math.min(1 << 20, 1 + pages / 8)));
            Use use = Use.values()[random.nextInt(Use.values().length)];
            parts.add(run(size, use, random.nextBoolean() ? "" : "owner-" + random.nextInt(9)));
            left -= size;
        }
        return pages("random", 0x40007, parts);
    }

    static List<PageMap> all() {
        return List.of(
                cma(),
                small(),
                zone(),
                hostilePages(),
                combed(),
                pages("none", 0, List.of()),
                pages("one", 7, List.of(run(1, Use.FREE, ""))),
                pages("full", 0x1000, List.of(run(20_000, Use.UNMOVABLE, "slab"))));
    }
}
