package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dmalab.engine.memory.SgTable;

/**
 * What {@code lib/scatterlist.c} of Linux 6.12 made of page lists: {@code n=N off=N size=N max=N pfns=HEX,... -> ret=N
 * nents=N: (pfn,offset,length) ...}.
 */
final class SgFromPagesRecording implements RecordedFormat {
    private static final Pattern LINE = Pattern.compile(
            "n=(\\d+) off=(\\d+) size=(\\d+) max=(\\d+) pfns=([0-9a-f,]*) -> (ret=(?:-?\\d+) nents=(?:\\d+):.*)");

    @Override
    public String name() {
        return "sg-from-pages-v6.12";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        while (run.next()) {
            if (run.text().startsWith("#")) {
                continue;
            }
            Matcher line = LINE.matcher(run.text().trim());
            if (!line.matches()) {
                throw run.unknown();
            }
            run.operation();
            long[] pfns = pfns(run, line.group(5));
            if (pfns.length != run.decimal(line.group(1))) {
                throw run.garbled("expected n=" + line.group(1) + " frames, found " + pfns.length);
            }
            long offset = run.decimal(line.group(2));
            long bytes = run.decimal(line.group(3));
            long max = run.decimal(line.group(4));
            run.compare(line.group(6).trim(), answer(pfns, offset, bytes, max));
        }
    }

    private static long[] pfns(ReplayRun run, String list) {
        if (list.isEmpty()) {
            return new long[0];
        }
        String[] words = list.split(",", -1);
        long[] pfns = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            pfns[i] = run.hex(words[i]);
        }
        return pfns;
    }

    private static String answer(long[] pfns, long offset, long bytes, long max) {
        SgTable table;
        try {
            table = SgTable.fromPages(pfns, offset, bytes, max);
        } catch (IllegalArgumentException einval) {
            return "ret=-22 nents=0:";
        }
        return "ret=0 nents=" + table.origNents() + ": "
                + table.entries().stream()
                        .map(entry -> "(" + Long.toHexString(entry.page().pfn()) + "," + entry.offset() + ","
                                + entry.bytes() + ")")
                        .collect(Collectors.joining(" "));
    }
}
