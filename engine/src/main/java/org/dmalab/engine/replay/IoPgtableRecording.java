package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableVisitor;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * What {@code io-pgtable-arm-v7s.c} and {@code io-pgtable-arm.c} of Linux 6.1 answered under {@code iommu_map} and {@code
 * iommu_unmap}: {@code I fmt pgsize_bitmap ias oas quirks = cfg}, {@code m iova pa size prot = errno}, {@code u iova size =
 * bytes}, {@code t iova = pa}; then the table, {@code T level index attributes} and {@code D level index [second] word}; and,
 * as comments, how often IO-TLB entries were flushed and where a walk starts.
 */
final class IoPgtableRecording implements RecordedFormat {
    private static final String NO_ENTRY = "no entry";

    @Override
    public String name() {
        return "io-pgtable-v6.1";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Domain domain = null;
        Map<String, String> table = new HashMap<>();
        boolean dumped = false;
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "I" -> {
                    domain = new Domain(run);
                    table = new HashMap<>();
                    dumped = false;
                }
                case "m", "u", "t" -> {
                    run.operation();
                    answer(run, required(run, domain), words);
                }
                case "T", "D" -> {
                    if (!dumped) {
                        table = required(run, domain).dump();
                        dumped = true;
                    }
                    if (words.length < 4) {
                        throw run.garbled("expected a level, an index and a word");
                    }
                    String word = words[words.length - 1];
                    String found = table.remove(String.join(" ", List.of(words).subList(0, words.length - 1)));
                    run.compare(word, found == null ? NO_ENTRY : found);
                }
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                    if (domain != null) {
                        domain.compareFooter(run);
                    }
                }
            }
        }
        if (dumped) {
            table.forEach((key, word) -> run.compare(NO_ENTRY, key + " " + word));
        } else if (domain != null && !domain.dump().isEmpty()) {
            run.note("it breaks off before the final table, which is not compared");
        }
    }

    private static Domain required(ReplayRun run, @Nullable Domain domain) {
        if (domain == null) {
            throw run.garbled("no table yet, expected I fmt pgsize_bitmap ias oas quirks = cfg");
        }
        return domain;
    }

    private static void answer(ReplayRun run, Domain domain, String[] words) {
        int arguments = words[0].equals("m") ? 4 : words[0].equals("u") ? 2 : 1;
        if (words.length < arguments + 3 || !words[arguments + 1].equals("=")) {
            throw run.garbled("expected " + arguments + " numbers, = and an answer");
        }
        DmaAddr iova = new DmaAddr(run.word(words[1], 64));
        String found = switch (words[0]) {
            case "m" -> {
                PhysAddr phys = new PhysAddr(run.hex(words[2]));
                long bytes = run.hex(words[3]);
                IommuProt prot = new IommuProt((int) run.word(words[4], 32));
                yield ReplayRun.answer(() -> domain.map(iova, phys, bytes, prot));
            }
            case "u" -> {
                long bytes = run.hex(words[2]);
                yield ReplayRun.answer(() -> domain.unmap(iova, bytes));
            }
            default -> ReplayRun.answer(() -> domain.translate(iova));
        };
        run.compare(String.join(" ", List.of(words).subList(arguments + 2, words.length)), found);
    }

    /** One domain whose table lies in RAM of its own. */
    private static final class Domain implements FlushOps {
        private final RecordedIoPgtable made;
        private final PageTable table;
        private final IommuDomain domain;
        private long flushes;
        private long walkFlushes;
        private long pages;

        Domain(ReplayRun run) {
            made = RecordedIoPgtable.create(run, this);
            table = made.table();
            domain = new IommuDomain(0, table, Era.V6_1, TraceSink.NONE);
        }

        String map(DmaAddr iova, PhysAddr phys, long bytes, IommuProt prot) {
            return Integer.toString(-domain.map(iova, phys, bytes, prot)
                    .<Integer>fold(range -> 0, reason -> reason.errno().number()));
        }

        String unmap(DmaAddr iova, long bytes) {
            return Long.toHexString(domain.unmap(new AddrRange<>(iova, bytes)).unmappedBytes());
        }

        String translate(DmaAddr iova) {
            return Long.toHexString(domain.iovaToPhys(iova).value());
        }

        void compareFooter(ReplayRun run) {
            if (run.text().startsWith("# flush_all ")) {
                run.compare(run.text(), "# flush_all " + flushes + " flush_walk " + walkFlushes + " add_page " + pages);
            } else if (run.text().startsWith("# start_level ")) {
                run.compare(run.text(), "# " + made.shape());
            }
        }

        Map<String, String> dump() {
            Map<String, String> dump = new HashMap<>();
            table.visit(new TableVisitor() {
                @Override
                public void table(int level, long index, long descriptor, PhysAddr at) {
                    dump.put("T " + level + " " + Long.toHexString(index), made.attributes(descriptor));
                }

                @Override
                public void leaf(int level, long index, long descriptor, PhysAddr at) {
                    dump.put("D " + level + " " + made.index(level, index), made.word(descriptor));
                }
            });
            return dump;
        }

        @Override
        public void flushAll() {
            flushes++;
        }

        @Override
        public void flushWalk(DmaAddr iova, long bytes) {
            walkFlushes++;
        }

        @Override
        public void addPage(DmaAddr iova, long bytes) {
            pages++;
        }
    }
}
