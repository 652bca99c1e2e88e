package org.dmalab.engine.iova;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/** The operations of a recording of {@code iova.c}, read once, to be done again and again. */
final class IovaWorkload {
    private static final AddrRange<DmaAddr> WINDOW = new AddrRange<>(new DmaAddr(0x1000), 1L << 48);

    private final Era era;
    private final int cpus;
    private final char[] kind;
    private final int[] slot;
    private final long[] first;
    private final long[] second;
    private final boolean[] flag;
    private final long[] pfns;
    private final long[] sizes;
    private final CpuId[] ids;
    private Domain domain;
    private CpuId cpu = CpuId.BOOT;
    private int at;

    /** Reads the recording {@code file}. */
    IovaWorkload(Path file, Era era) throws IOException {
        this.era = era;
        List<String[]> lines;
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.US_ASCII))) {
            lines = reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .toList();
        }
        cpus = Integer.parseInt(lines.get(0)[3]);
        int count = lines.size() - 1;
        kind = new char[count];
        slot = new int[count];
        first = new long[count];
        second = new long[count];
        flag = new boolean[count];
        int slots = 1;
        for (int i = 0; i < count; i++) {
            String[] words = lines.get(i + 1);
            kind[i] = words[0].charAt(0);
            switch (kind[i]) {
                case 'a', 'A', 'P' -> {
                    slot[i] = Integer.parseInt(words[1]);
                    first[i] = Long.parseLong(words[2]);
                    second[i] = Long.parseLong(words[3], 16);
                    flag[i] = words[4].equals("1");
                }
                case 'f', 'F', 'Q' -> slot[i] = Integer.parseInt(words[1]);
                case 'C' -> first[i] = Long.parseLong(words[1]);
                case 'r' -> {
                    first[i] = Long.parseLong(words[1], 16);
                    second[i] = Long.parseLong(words[2], 16);
                }
                default -> first[i] = 0;
            }
            slots = Math.max(slots, slot[i] + 1);
        }
        pfns = new long[slots];
        sizes = new long[slots];
        ids = new CpuId[cpus];
        for (int i = 0; i < cpus; i++) {
            ids[i] = new CpuId(i);
        }
        Arrays.fill(pfns, -1);
        domain = Domain.of(era, cpus);
    }

    /** An allocator in which nothing is handed out; the magazines are used from Linux 6.1 on. */
    private record Domain(RbTreeIovaDomain tree, IovaRcache rcache, FlushQueue queue) {
        static Domain of(Era era, int cpus) {
            RbTreeIovaDomain tree = new RbTreeIovaDomain(IovaWalk.of(era), WINDOW, PageSize.SMALL_4K, TraceSink.NONE);
            IovaRcache rcache = new IovaRcache(era.atLeast(Era.V6_1) ? era : Era.V6_1, tree, cpus);
            return new Domain(tree, rcache, new FlushQueue(rcache, cpus, FlushQueue.Options.PER_CPU, () -> {}));
        }
    }

    /** How many operations there are. */
    int operations() {
        return kind.length;
    }

    /** Does the next {@code count} operations, from the start again behind the last; returns a sum of the results. */
    long run(int count) {
        boolean old = !era.atLeast(Era.V6_1);
        RbTreeIovaDomain tree = domain.tree();
        IovaRcache rcache = domain.rcache();
        FlushQueue queue = domain.queue();
        long sum = 0;
        for (int done = 0; done < count; done++) {
            int i = at;
            int s = slot[i];
            switch (kind[i]) {
                case 'a' -> sum += given(s, first[i], tree.allocPfn(first[i], second[i], flag[i]));
                case 'A' ->
                    sum += given(
                            s,
                            first[i],
                            old
                                    ? tree.allocPfn(first[i], second[i], true)
                                    : rcache.allocFast(cpu, first[i], second[i], flag[i]));
                case 'f' -> free(s, true);
                case 'F' -> free(s, old);
                case 'Q' -> {
                    if (old) {
                        free(s, true);
                    } else if (pfns[s] >= 0) {
                        queue.queue(cpu, pfns[s], sizes[s], 0);
                        pfns[s] = -1;
                    }
                }
                case 'X' -> sum += queue.fireTimer(cpu) ? 1 : 0;
                case 'T' -> rcache.depotWork();
                case 'C' -> cpu = ids[(int) first[i]];
                default -> sum += tree.reserve(first[i], second[i]).lo();
            }
            at++;
            if (at == kind.length) {
                at = 0;
                cpu = CpuId.BOOT;
                Arrays.fill(pfns, -1);
                domain = Domain.of(era, cpus);
                tree = domain.tree();
                rcache = domain.rcache();
                queue = domain.queue();
            }
        }
        return sum;
    }

    private long given(int s, long size, long pfn) {
        pfns[s] = pfn;
        sizes[s] = size;
        return pfn;
    }

    private void free(int s, boolean slow) {
        long pfn = pfns[s];
        if (pfn < 0) {
            return;
        }
        pfns[s] = -1;
        if (slow) {
            domain.tree().freePfn(pfn);
        } else {
            domain.rcache().freeFast(cpu, pfn, sizes[s]);
        }
    }
}
