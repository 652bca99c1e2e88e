package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.FallbackSink;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * What {@code mm/page_alloc.c} of Linux 3.14 did with CMA and reserve pageblocks: {@code > a ORDER MIGRATETYPE},
 * {@code > f PFN ORDER}, {@code > p BLOCK TYPE}, and for each, after it or after a few more of them, what happened,
 * the free blocks and the pageblocks' types.
 */
final class BuddyCasesRecording implements RecordedFormat {
    private static final String CASE = "# case ";
    private static final String EVENT = "  extfrag ";
    private static final String NOTHING = "(nothing)";

    @Override
    public String name() {
        return "buddy-cases-v3.14";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Case current = null;
        while (run.next()) {
            String text = run.text();
            if (text.startsWith(CASE)) {
                finish(run, current);
                current = start(run);
            } else if (text.startsWith("> ")) {
                required(run, current).run(run, run.words());
            } else if (text.startsWith("alloc ")
                    || text.startsWith("free ")
                    || text.startsWith("  free: ")
                    || text.startsWith(EVENT)) {
                required(run, current).compare(run);
            } else if (!text.startsWith("#")) {
                throw run.unknown();
            }
        }
        finish(run, current);
    }

    private static void finish(ReplayRun run, @Nullable Case ended) {
        if (ended != null) {
            ended.finish(run);
        }
    }

    private static Case required(ReplayRun run, @Nullable Case current) {
        if (current == null) {
            throw run.garbled("no case yet, expected # case N pages=N pageblock_order=10");
        }
        return current;
    }

    private static Case start(ReplayRun run) {
        if (run.decimal(run.required("pageblock_order")) != BuddyAllocator.PAGEBLOCK_ORDER) {
            throw run.garbled("pageblock_order must be " + BuddyAllocator.PAGEBLOCK_ORDER);
        }
        long pages = run.decimal(run.required("pages"));
        try {
            return new Case(pages);
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    /** One scenario: a zone without free memory to which the operations release it. */
    private static final class Case implements FallbackSink {
        private final Deque<String> answers = new ArrayDeque<>();
        private final BuddyAllocator zone;
        private int recordedType;

        Case(long pages) {
            zone = new BuddyAllocator(0, pages, TraceSink.NONE, this);
            zone.reserve(0, pages);
        }

        @Override
        public void fellBack(
                long pfn, int order, int found, MigrateType wanted, MigrateType fallback, MigrateType remainder) {
            recordedType = remainder.number();
            answers.add(EVENT + "pfn=" + pfn + " ao=" + order + " fo=" + found + " at=" + wanted.number() + " ft="
                    + fallback.number() + " frag=" + (found < BuddyAllocator.PAGEBLOCK_ORDER ? 1 : 0) + " chg="
                    + (zone.pageblockType(pfn) == wanted ? 1 : 0));
        }

        @Override
        public void tookReserve(long pfn) {
            recordedType = MigrateType.RESERVE.number();
        }

        void run(ReplayRun run, String... words) {
            run.require(words, 4);
            run.operation();
            long first = run.decimal(words[2]);
            int second = run.decimal(words[3], Integer.MAX_VALUE);
            switch (words[1]) {
                case "p" -> {
                    String answer = ReplayRun.answer(() -> {
                        zone.setPageblockType(first << BuddyAllocator.PAGEBLOCK_ORDER, MigrateType.of(second));
                        return "";
                    });
                    run.compare("", answer);
                }
                case "f" -> {
                    answers.add(ReplayRun.answer(() -> free(first, second)));
                    addState();
                }
                case "a" -> {
                    String answer = ReplayRun.answer(() -> alloc(first, second));
                    answers.add(answer);
                    addState();
                }
                default -> throw run.unknown();
            }
        }

        private String free(long pfn, int order) {
            if (zone.isReserved(pfn)) {
                zone.release(pfn, order);
            } else {
                zone.free(pfn, order);
            }
            return "free pfn=" + pfn + " order=" + order;
        }

        private String alloc(long order, int type) {
            recordedType = type;
            OptionalLong pfn = zone.alloc((int) Math.min(order, Integer.MAX_VALUE), MigrateType.of(type));
            String result = pfn.isPresent() ? "pfn=" + pfn.getAsLong() + " fmt=" + recordedType : "NULL";
            return "alloc order=" + order + " mt=" + type + " -> " + result;
        }

        private void addState() {
            StringBuilder types = new StringBuilder();
            for (long pfn = 0; pfn < zone.pages(); pfn += BuddyAllocator.PAGEBLOCK_PAGES) {
                types.append(zone.pageblockType(pfn).number());
            }
            answers.add("  free: " + BuddyRecording.blocks(zone) + "  pb:" + types);
        }

        /** The recorded line against the model's next; an event that only one of them has does not shift the rest. */
        void compare(ReplayRun run) {
            boolean event = run.text().startsWith(EVENT);
            String found = answers.peek();
            while (!event && found != null && found.startsWith(EVENT)) {
                run.compare(NOTHING, found);
                answers.remove();
                found = answers.peek();
            }
            if (found == null || (event && !found.startsWith(EVENT))) {
                found = NOTHING;
            } else {
                answers.remove();
            }
            run.compare(run.text().stripTrailing(), found);
        }

        /** What the model did beyond the recorded lines. */
        void finish(ReplayRun run) {
            answers.forEach(answer -> run.compare(NOTHING, answer));
            zone.checkInvariants();
        }
    }
}
