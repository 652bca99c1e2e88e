package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.Optional;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.ConsistentRegion;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;

/**
 * Where {@code arch/arm/mm/vmregion.c} of Linux 3.4 put coherent buffers: {@code # vmr v SIZE} begins with an empty window,
 * then {@code alloc SIZE -> ADDR} or {@code NULL}, {@code free ADDR -> ok}, in hexadecimal.
 */
final class VmregionRecording implements RecordedFormat {
    private static final String WINDOW = "# vmr ";
    private static final long MOST_BYTES = 1L << 32;
    /** Any: what lies behind a buffer does not decide where its address is. */
    private static final PhysAddr MEMORY = new PhysAddr(0x40000000L);

    private static final String ARROW = "->";

    @Override
    public String name() {
        return "vmregion-v3.4";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<ConsistentRegion> region = Optional.empty();
        while (run.next()) {
            String[] words = run.words();
            if (run.text().startsWith(WINDOW)) {
                region = Optional.of(window(run, words[words.length - 1]));
            } else if (!words[0].startsWith("#")) {
                run.require(words, 4);
                if (!words[2].equals(ARROW)) {
                    throw run.unknown();
                }
                run.operation();
                ConsistentRegion window = region.orElseThrow(() -> run.garbled("no window yet, expected # vmr v SIZE"));
                long number = run.hex(words[1]);
                switch (words[0]) {
                    case "alloc" -> run.compare(words[3], ReplayRun.answer(() -> alloc(window, number)));
                    case "free" -> run.compare(words[3], ReplayRun.answer(() -> free(window, new VirtAddr(number))));
                    default -> throw run.unknown();
                }
            }
        }
    }

    private static ConsistentRegion window(ReplayRun run, String size) {
        if (!size.startsWith("0x")) {
            throw run.garbled("expected # vmr v SIZE with a size of 0x...");
        }
        long bytes = run.hex(size.substring(2));
        try {
            return new ConsistentRegion(bytes, TraceSink.NONE);
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    private static String alloc(ConsistentRegion window, long bytes) {
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException("bytes must be a 32-bit number: " + bytes);
        }
        PageArray pages = PageArray.contiguous(MEMORY, (int) PageSize.pages(bytes));
        return window.alloc(pages, MemoryType.NORMAL_NONCACHEABLE, "")
                .<String>fold(address -> Long.toHexString(address.value()), reason -> "NULL");
    }

    private static String free(ConsistentRegion window, VirtAddr address) {
        long bytes = window.buffers().stream()
                .filter(buffer -> buffer.range().start().equals(address))
                .mapToLong(buffer -> buffer.range().bytes())
                .findFirst()
                .orElse(PageSize.PAGE_BYTES);
        return window.free(address, bytes).<String>fold(freed -> "ok", reason -> reason.message());
    }
}
