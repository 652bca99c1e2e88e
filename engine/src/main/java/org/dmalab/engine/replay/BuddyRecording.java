package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.trace.TraceSink;

/**
 * What {@code mm/page_alloc.c} of Linux 3.14 gave out of one zone: {@code I start_pfn npages}, {@code a slot order
 * migratetype = pfn}, {@code f slot}, {@code # free_blocks} per order.
 */
final class BuddyRecording implements RecordedFormat {
    private static final String FREE_BLOCKS = "# free_blocks ";

    private record Block(long pfn, int order) {}

    @Override
    public String name() {
        return "buddy-v3.14";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<BuddyAllocator> zone = Optional.empty();
        Map<Long, Block> slots = new HashMap<>();
        Footer footer = new Footer(run, Long.BYTES);
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "I" -> {
                    run.require(words, 3);
                    zone = Optional.of(zone(run, run.hex(words[1]), run.decimal(words[2])));
                    slots.clear();
                }
                case "a" -> {
                    run.require(words, 6);
                    alloc(run, required(run, zone), words, slots, footer);
                }
                case "f" -> {
                    run.require(words, 2);
                    run.operation();
                    Block block = slots.remove(run.decimal(words[1]));
                    if (block != null) {
                        required(run, zone).free(block.pfn(), block.order());
                    }
                }
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                    if (run.text().startsWith(FREE_BLOCKS)) {
                        run.compare(run.text().trim(), FREE_BLOCKS + blocks(required(run, zone)));
                    }
                    footer.check();
                }
            }
        }
        footer.finish();
        zone.ifPresent(BuddyAllocator::checkInvariants);
    }

    private static BuddyAllocator zone(ReplayRun run, long startPfn, long pages) {
        try {
            return new BuddyAllocator(startPfn, pages, TraceSink.NONE);
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    private static BuddyAllocator required(ReplayRun run, Optional<BuddyAllocator> zone) {
        return zone.orElseThrow(() -> run.garbled("no zone yet, expected I start_pfn npages"));
    }

    private static void alloc(
            ReplayRun run, BuddyAllocator zone, String[] words, Map<Long, Block> slots, Footer footer) {
        run.operation();
        long slot = run.decimal(words[1]);
        int order = run.decimal(words[2], Integer.MAX_VALUE);
        int type = run.decimal(words[3], Integer.MAX_VALUE);
        OptionalLong pfn = OptionalLong.empty();
        String found = "-";
        try {
            pfn = zone.alloc(order, MigrateType.of(type));
        } catch (IllegalArgumentException e) {
            found = ReplayRun.refusal(e);
        }
        if (pfn.isPresent()) {
            found = Long.toHexString(pfn.getAsLong());
            slots.put(slot, new Block(pfn.getAsLong(), order));
            footer.allocated(pfn.getAsLong());
        } else {
            slots.remove(slot);
            footer.failed();
        }
        run.compare(words[5], found);
    }

    /** Free blocks of each order from 0 on. */
    static String blocks(BuddyAllocator zone) {
        return IntStream.rangeClosed(0, BuddyAllocator.MAX_ORDER)
                .mapToObj(order -> Long.toString(zone.freeBlocks(order)))
                .collect(Collectors.joining(" "));
    }
}
