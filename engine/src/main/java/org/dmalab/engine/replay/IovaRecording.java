package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.iova.RbTreeIovaDomain;
import org.dmalab.engine.iova.RbTreeIovaDomain.PfnRange;

/**
 * What {@code drivers/iommu/iova.c} gave out, with its magazines and the flush queue of {@code dma-iommu.c} in Linux 6:
 * {@code I granule start_pfn ncpu}, {@code a slot size limit aligned = pfn}, {@code A slot size limit flush = pfn},
 * {@code P slot size limit = pfn}, {@code f slot}, {@code F slot}, {@code Q slot = flushes}, {@code X = flushes}, {@code T},
 * {@code C cpu}, {@code r lo hi = lo hi}; at the end also the steps and what is in the tree.
 *
 * @param name the format's name
 * @param era the Linux recorded; 3.14 has neither magazines nor queue, and every request is one to the tree
 */
record IovaRecording(String name, Era era) implements RecordedFormat {
    private static final String NO_DOMAIN = "no domain yet, expected I granule start_pfn ncpu";

    private record Range(long pfn, long size) {}

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<RecordedIovas> domain = Optional.empty();
        Map<Long, Range> slots = new HashMap<>();
        Footer footer = new Footer(run, Long.BYTES);
        while (run.next()) {
            String[] words = run.words();
            if (words[0].equals("I")) {
                run.require(words, 4);
                domain = Optional.of(domain(run, words));
                slots.clear();
            } else if (words[0].startsWith("#")) {
                domain.ifPresent(iovas -> footer.check(iovas));
                footer.check();
            } else {
                RecordedIovas iovas = domain.orElseThrow(() -> unknown(run, words[0]));
                run.operation();
                iovas.begin();
                operation(run, iovas, words, slots, footer);
                iovas.end();
            }
        }
        footer.finish();
        domain.ifPresent(iovas -> iovas.tree().checkInvariants());
    }

    private static RecordingException unknown(ReplayRun run, String word) {
        return "aAPfFQXTCr".contains(word) && word.length() == 1 ? run.garbled(NO_DOMAIN) : run.unknown();
    }

    private RecordedIovas domain(ReplayRun run, String[] words) {
        long granule = run.decimal(words[1]);
        long start = run.hex(words[2]);
        int cpus = run.decimal(words[3], Integer.MAX_VALUE);
        try {
            return RecordedIovas.of(era, granule, start, cpus);
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    private static void operation(
            ReplayRun run, RecordedIovas iovas, String[] words, Map<Long, Range> slots, Footer footer) {
        switch (words[0]) {
            case "a", "A" -> {
                run.require(words, 7);
                long size = run.decimal(words[2]);
                long limit = run.hex(words[3]);
                boolean flag = run.decimal(words[4], 1) == 1;
                boolean fast = words[0].equals("A");
                allocated(
                        run,
                        words,
                        () -> fast ? iovas.allocFast(size, limit, flag) : iovas.alloc(size, limit, flag),
                        slots,
                        footer);
            }
            case "P" -> {
                run.require(words, 6);
                long size = run.decimal(words[2]);
                long limit = run.hex(words[3]);
                allocated(run, words, () -> iovas.allocPci(size, limit), slots, footer);
            }
            case "f" -> {
                run.require(words, 2);
                Range range = slots.remove(run.decimal(words[1]));
                if (range != null) {
                    iovas.free(range.pfn());
                }
            }
            case "F" -> {
                run.require(words, 2);
                Range range = slots.remove(run.decimal(words[1]));
                if (range != null) {
                    iovas.freeFast(range.pfn(), range.size());
                }
            }
            case "Q" -> {
                run.require(words, 4);
                Range range = slots.remove(run.decimal(words[1]));
                if (range != null) {
                    iovas.queue(range.pfn(), range.size());
                }
                run.compare(words[3], Long.toString(iovas.flushes()));
            }
            case "X" -> {
                run.require(words, 3);
                iovas.fireTimer();
                run.compare(words[2], Long.toString(iovas.flushes()));
            }
            case "T" -> {
                run.require(words, 1);
                iovas.depotWork();
            }
            case "C" -> {
                run.require(words, 2);
                int cpu = run.decimal(words[1], Integer.MAX_VALUE);
                if (cpu >= iovas.cpus()) {
                    throw run.garbled("cpu must be one of " + iovas.cpus());
                }
                iovas.on(new CpuId(cpu));
            }
            case "r" -> {
                run.require(words, 6);
                reserve(run, iovas, words, footer);
            }
            default -> throw run.unknown();
        }
    }

    /** An allocation that is done again. */
    private interface Request {
        long pfn();
    }

    private static void allocated(
            ReplayRun run, String[] words, Request request, Map<Long, Range> slots, Footer footer) {
        long slot = run.decimal(words[1]);
        long size = run.decimal(words[2]);
        long pfn = RbTreeIovaDomain.NO_PFN;
        String found = "-";
        try {
            pfn = request.pfn();
        } catch (IllegalArgumentException e) {
            found = ReplayRun.refusal(e);
        }
        if (pfn == RbTreeIovaDomain.NO_PFN) {
            slots.remove(slot);
            footer.failed();
        } else {
            found = Long.toHexString(pfn);
            slots.put(slot, new Range(pfn, size));
            footer.allocated(pfn);
        }
        run.compare(words[words.length - 1], found);
    }

    private static void reserve(ReplayRun run, RecordedIovas iovas, String[] words, Footer footer) {
        String found;
        try {
            PfnRange node = iovas.tree().reserve(run.hex(words[1]), run.hex(words[2]));
            footer.result(node.lo());
            footer.result(node.hi());
            found = Long.toHexString(node.lo()) + " " + Long.toHexString(node.hi());
        } catch (RecordingException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            found = ReplayRun.refusal(e);
        }
        run.compare(words[4] + " " + words[5], found);
    }
}
