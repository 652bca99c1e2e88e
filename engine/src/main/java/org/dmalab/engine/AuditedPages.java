package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.LineCopy;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.memory.PageArray;

/**
 * The pages under an audit, compared with the truth. A line that no cache and no write buffer holds reads the same by every
 * way, so RAM is compared once, and only lines that are held are compared again for each way.
 */
final class AuditedPages {
    private static final String RAM = "RAM";
    private static final BitSet NOTHING = new BitSet();

    private final Machine machine;
    private final PageArray pages;
    private final long offset;
    private final long bytes;
    private final int lineBytes;
    /** Lines that something holds, by page; a page's lines ascend. */
    private final Map<Integer, BitSet> held = new HashMap<>();
    /** Of each page, how many bytes of lines that nothing holds are not the truth, and where in the page the first is. */
    private final int[] stale;

    private final int[] firstStale;
    private long ramStale;

    /** What one way reads of one page. */
    record Difference(int staleBytes, int first) {
        /** Nothing read is stale. */
        static final Difference NONE = new Difference(0, -1);
    }

    /** How one way reads bytes. */
    interface Reader {
        /** Copies {@code count} bytes at {@code inPage} of a page to the start of {@code to}. */
        void read(int inPage, byte[] to, int count);
    }

    /** {@code bytes} from {@code offset} of {@code pages} on; {@code index} is of those pages. */
    AuditedPages(Machine machine, PageArray pages, FrameIndex index, long offset, long bytes) {
        this.machine = machine;
        this.pages = pages;
        this.offset = offset;
        this.bytes = bytes;
        this.lineBytes = machine.caches().lineBytes();
        this.stale = new int[pages.count()];
        this.firstStale = new int[pages.count()];
        machine.caches().forEachHeldLine(address -> {
            int place = index.find(address >>> PageSize.PAGE_SHIFT);
            int line = (int) (address & (PageSize.PAGE_BYTES - 1)) / lineBytes;
            if (place != FrameIndex.NONE && lineEnd(place, line) > lineStart(place, line)) {
                held.computeIfAbsent(place, none -> new BitSet()).set(line);
            }
        });
        compareRam();
    }

    private void compareRam() {
        byte[] truth = new byte[(int) PageSize.PAGE_BYTES];
        byte[] ram = new byte[truth.length];
        for (int place = 0; place < stale.length; place++) {
            int from = from(place);
            int count = to(place) - from;
            machine.truth().read(pages.page(place).plus(from), truth, 0, count);
            machine.ram().read(pages.page(place).plus(from), ram, 0, count);
            BitSet lines = held.get(place);
            firstStale[place] = -1;
            for (int i = Arrays.mismatch(truth, 0, count, ram, 0, count); i >= 0 && i < count; i++) {
                if (truth[i] == ram[i]) {
                    continue;
                }
                ramStale++;
                if (lines == null || !lines.get((from + i) / lineBytes)) {
                    stale[place]++;
                    firstStale[place] = firstStale[place] < 0 ? from + i : firstStale[place];
                }
            }
        }
    }

    /** Where in page {@code place} the subject begins. */
    int from(int place) {
        return place == 0 ? (int) offset : 0;
    }

    /** Where in page {@code place} the subject ends. */
    int to(int place) {
        return (int) Math.min(PageSize.PAGE_BYTES, offset + bytes - ((long) place << PageSize.PAGE_SHIFT));
    }

    private int lineStart(int place, int line) {
        return Math.max(from(place), line * lineBytes);
    }

    private int lineEnd(int place, int line) {
        return Math.min(to(place), (line + 1) * lineBytes);
    }

    /** What a CPU's mapping that shows page {@code place} at {@code virt} reads of it. */
    Difference cpu(int place, VirtAddr virt, MemoryType type) {
        PhysAddr page = pages.page(place);
        return difference(
                place,
                (at, to, count) -> machine.caches().peek(CpuId.BOOT, virt.plus(at), page.plus(at), to, 0, count, type));
    }

    /** What a device reads of page {@code place}. */
    Difference device(int place, boolean snooped) {
        PhysAddr page = pages.page(place);
        return difference(place, (at, to, count) -> {
            if (snooped) {
                machine.caches().peekCoherent(page.plus(at), to, 0, count);
            } else {
                machine.ram().read(page.plus(at), to, 0, count);
            }
        });
    }

    /**
     * What a device that reads RAM misses of page {@code place}: bytes of lines that something holds and RAM has not got.
     *
     * @param reads whether it may read the byte there in the page
     */
    Difference notInRam(int place, IntPredicate reads) {
        int count = 0;
        int first = -1;
        BitSet lines = held.getOrDefault(place, NOTHING);
        byte[] truth = new byte[lineBytes];
        byte[] ram = new byte[lineBytes];
        for (int line = lines.nextSetBit(0); line >= 0; line = lines.nextSetBit(line + 1)) {
            int start = lineStart(place, line);
            int length = lineEnd(place, line) - start;
            machine.truth().read(pages.page(place).plus(start), truth, 0, length);
            machine.ram().read(pages.page(place).plus(start), ram, 0, length);
            for (int i = 0; i < length; i++) {
                if (ram[i] != truth[i] && reads.test(start + i)) {
                    count++;
                    first = first < 0 ? start + i : first;
                }
            }
        }
        return count == 0 ? Difference.NONE : new Difference(count, first);
    }

    private Difference difference(int place, Reader reader) {
        int count = stale[place];
        int first = firstStale[place];
        BitSet lines = held.get(place);
        if (lines != null) {
            byte[] truth = new byte[lineBytes];
            byte[] seen = new byte[lineBytes];
            for (int line = lines.nextSetBit(0); line >= 0; line = lines.nextSetBit(line + 1)) {
                int start = lineStart(place, line);
                int length = lineEnd(place, line) - start;
                machine.truth().read(pages.page(place).plus(start), truth, 0, length);
                reader.read(start, seen, length);
                for (int i = 0; i < length; i++) {
                    if (seen[i] != truth[i]) {
                        count++;
                        first = first < 0 ? start + i : Math.min(first, start + i);
                    }
                }
            }
        }
        return count == 0 ? Difference.NONE : new Difference(count, first);
    }

    /** What each place holds, the nearest to the CPUs first and RAM last. */
    List<AliasAudit.Copy> copies() {
        Map<String, long[]> sums = new TreeMap<>();
        held.forEach((place, lines) -> lines.stream().forEach(line -> addCopies(place, line, sums)));
        List<AliasAudit.Copy> copies = new ArrayList<>();
        for (String kind : List.of("write buffer", "L1", "L2")) {
            sums.forEach((name, sum) -> {
                if (name.startsWith(kind)) {
                    copies.add(new AliasAudit.Copy(name, sum[0], sum[1], sum[2]));
                }
            });
        }
        copies.add(new AliasAudit.Copy(RAM, bytes, 0, ramStale));
        return copies;
    }

    private void addCopies(int place, int line, Map<String, long[]> sums) {
        int start = lineStart(place, line);
        byte[] truth = new byte[lineEnd(place, line) - start];
        PhysAddr page = pages.page(place);
        machine.truth().read(page.plus(start), truth, 0, truth.length);
        Map<String, Integer> times = new HashMap<>();
        for (LineCopy copy : machine.caches().copies(page.plus(start))) {
            byte[] has = copy.bytes();
            int begins = (int) copy.start().minus(page);
            int first = Math.max(begins, start);
            int last = Math.min(begins + has.length, start + truth.length);
            if (copy.place().equals(RAM) || last <= first) {
                continue;
            }
            long[] sum = sums.computeIfAbsent(holder(copy.place(), times), name -> new long[3]);
            sum[0] += last - first;
            sum[1] += copy.dirty() ? last - first : 0;
            for (int at = first; at < last; at++) {
                sum[2] += has[at - begins] == truth[at - start] ? 0 : 1;
            }
        }
    }

    /** A cache that holds one line several times, under several virtual addresses, is as many holders. */
    private static String holder(String place, Map<String, Integer> times) {
        int set = place.indexOf(", set ");
        String cache = set < 0 ? place : place.substring(0, set);
        int time = set < 0 ? 1 : times.merge(cache, 1, Integer::sum);
        return time == 1 ? cache : cache + ", copy " + time;
    }
}
