package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.BitmapIovaDomain;

/**
 * What {@code __alloc_iova} and {@code __free_iova} of {@code arch/arm/mm/dma-mapping.c} did: {@code M base size order
 * align_cap  # bits=N}, {@code a slot bytes = iova}, {@code f slot}.
 *
 * @param name the format's name
 * @param era the Linux recorded; from 6.1 on the order is ignored
 */
record ArmBitmapRecording(String name, Era era) implements RecordedFormat {
    private record Range(DmaAddr iova, long bytes) {}

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<BitmapIovaDomain> window = Optional.empty();
        Map<Long, Range> slots = new HashMap<>();
        Footer footer = new Footer(run, Integer.BYTES);
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "M" -> {
                    run.require(words, 5);
                    int order = era.atLeast(Era.V6_1) ? 0 : run.decimal(words[3], Integer.MAX_VALUE);
                    BitmapIovaDomain made = IovaWindows.create(
                            run,
                            era,
                            run.hex(words[1]),
                            run.hex(words[2]),
                            order,
                            run.decimal(words[4], Integer.MAX_VALUE));
                    run.value("bits")
                            .ifPresent(bits ->
                                    run.compare("bits=" + bits, "bits=" + IovaWindows.bitsPerBitmap(era, made)));
                    window = Optional.of(made);
                    slots.clear();
                }
                case "a" -> {
                    run.require(words, 5);
                    run.operation();
                    alloc(run, required(run, window), words, slots, footer);
                }
                case "f" -> {
                    run.require(words, 2);
                    run.operation();
                    Range range = slots.remove(run.decimal(words[1]));
                    if (range != null) {
                        required(run, window).free(range.iova(), PageSize.pageAlign(range.bytes()));
                    }
                }
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                    footer.check();
                }
            }
        }
        footer.finish();
    }

    private static BitmapIovaDomain required(ReplayRun run, Optional<BitmapIovaDomain> window) {
        return window.orElseThrow(() -> run.garbled("no window yet, expected M base size order align_cap"));
    }

    private static void alloc(
            ReplayRun run, BitmapIovaDomain window, String[] words, Map<Long, Range> slots, Footer footer) {
        long slot = run.decimal(words[1]);
        long bytes = run.decimal(words[2]);
        Optional<DmaAddr> iova = window.alloc(bytes).fold(Optional::of, reason -> Optional.empty());
        run.compare(
                words[4], iova.map(address -> Long.toHexString(address.value())).orElse("-"));
        if (iova.isPresent()) {
            slots.put(slot, new Range(iova.get(), bytes));
            footer.allocated(iova.get().value());
        } else {
            slots.remove(slot);
            footer.failed();
        }
    }
}
