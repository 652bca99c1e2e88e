package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.Optional;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.iova.BitmapIovaDomain;

/**
 * ARM's allocator of DMA addresses in small and odd windows: {@code create base= size= order= bits=} (from 6.12 on
 * {@code ext=} in place of the order), {@code alloc SIZE -> ADDR} with {@code nr_bitmaps=}, {@code free ADDR SIZE}.
 *
 * @param name the format's name
 * @param era the Linux recorded
 */
record ArmIovaRecording(String name, Era era) implements RecordedFormat {
    private static final String DMA_ERROR_CODE = "ffffffff";
    /** {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT} as recorded. */
    private static final int ALIGNMENT_CAP = 8;

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<BitmapIovaDomain> window = Optional.empty();
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "create" -> window = Optional.of(create(run));
                case "alloc" -> {
                    run.require(words, extensible() ? 5 : 4);
                    run.operation();
                    BitmapIovaDomain domain = required(run, window);
                    String found = domain.alloc(run.hex(words[1]))
                            .<String>fold(iova -> Long.toHexString(iova.value()), reason -> DMA_ERROR_CODE);
                    run.compare(words[3], found);
                    if (extensible()) {
                        run.compare(words[4], "nr_bitmaps=" + domain.bitmaps());
                    }
                }
                case "free" -> {
                    run.require(words, 3);
                    run.operation();
                    BitmapIovaDomain domain = required(run, window);
                    DmaAddr iova = new DmaAddr(run.hex(words[1]));
                    long bytes = run.hex(words[2]);
                    run.compare("", ReplayRun.answer(() -> {
                        domain.free(iova, bytes);
                        return "";
                    }));
                }
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                }
            }
        }
    }

    private boolean extensible() {
        return era.atLeast(Era.V6_1);
    }

    private BitmapIovaDomain create(ReplayRun run) {
        int order = extensible() ? 0 : run.decimal(run.required("order"), Integer.MAX_VALUE);
        BitmapIovaDomain window = IovaWindows.create(
                run, era, run.hex(run.required("base")), run.hex(run.required("size")), order, ALIGNMENT_CAP);
        run.compare("bits=" + run.required("bits"), "bits=" + IovaWindows.bitsPerBitmap(era, window));
        if (extensible()) {
            run.compare("ext=" + run.required("ext"), "ext=" + IovaWindows.mostBitmaps(era, window));
        }
        return window;
    }

    private static BitmapIovaDomain required(ReplayRun run, Optional<BitmapIovaDomain> window) {
        return window.orElseThrow(() -> run.garbled("no window yet, expected create"));
    }
}
