package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.KernelBug;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableVisitor;
import org.dmalab.engine.trace.TraceSink;

/**
 * What an IOMMU driver of Linux 3.14 answered under {@code iommu_map}, {@code iommu_unmap} and {@code iommu_iova_to_phys}, and
 * its final table: {@code m iova pa size prot = errno}, {@code u iova size = bytes}, {@code t iova = pa}, each with {@code W}
 * behind it where the driver warned; {@code S l1index word}, {@code T l1index attrbits}, {@code E l1index l2index word}.
 */
final class DriverRecording implements RecordedFormat {
    private static final String NO_ENTRY = "no entry";
    private static final long MOST_BITS_32 = 0xFFFFFFFFL;

    private final RecordedDriver kind;

    DriverRecording(RecordedDriver kind) {
        this.kind = kind;
    }

    @Override
    public String name() {
        return kind.format();
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Driver driver = new Driver(kind);
        boolean crashed = false;
        Map<String, String> table = Map.of();
        boolean dumped = false;
        while (run.next()) {
            String[] words = run.words();
            switch (words[0]) {
                case "m", "u", "t" -> {
                    run.operation();
                    answer(run, driver, words);
                }
                case "S", "T", "E" -> {
                    run.require(words, words[0].equals("E") ? 4 : 3);
                    if (!dumped) {
                        table = driver.dump();
                        dumped = true;
                    }
                    String word = words[words.length - 1];
                    String key = String.join(" ", List.of(words).subList(0, words.length - 1));
                    String found = table.remove(key);
                    run.compare(word, found == null ? NO_ENTRY : found);
                }
                case "CRASH" -> crashed = true;
                default -> {
                    if (!words[0].startsWith("#")) {
                        throw run.unknown();
                    }
                }
            }
        }
        if (dumped) {
            table.forEach((key, word) -> run.compare(NO_ENTRY, key + " " + word));
        } else if (crashed) {
            run.note("the recorded driver crashed, so there is no final table");
        } else if (!driver.dump().isEmpty()) {
            run.note("it breaks off before the final table, which is not compared");
        }
    }

    private static void answer(ReplayRun run, Driver driver, String[] words) {
        int arguments = words[0].equals("m") ? 4 : words[0].equals("u") ? 2 : 1;
        if (words.length < arguments + 3 || !words[arguments + 1].equals("=")) {
            throw run.garbled("expected " + arguments + " numbers, = and an answer");
        }
        DmaAddr iova = new DmaAddr(run.hex(words[1]));
        String found = switch (words[0]) {
            case "m" -> {
                PhysAddr phys = new PhysAddr(run.hex(words[2]));
                long bytes = run.hex(words[3]);
                IommuProt prot = new IommuProt((int) hexUpTo(run, words[4], MOST_BITS_32));
                yield ReplayRun.answer(() -> driver.warned(() -> driver.map(iova, phys, bytes, prot)));
            }
            case "u" -> {
                long bytes = run.hex(words[2]);
                yield ReplayRun.answer(() -> driver.warned(() -> driver.unmap(iova, bytes)));
            }
            default -> ReplayRun.answer(() -> driver.warned(() -> driver.translate(iova)));
        };
        run.compare(String.join(" ", List.of(words).subList(arguments + 2, words.length)), found);
    }

    private static long hexUpTo(ReplayRun run, String word, long most) {
        long number = run.hex(word);
        if (number > most) {
            throw run.garbled("number must be 0.." + Long.toHexString(most) + ": " + word);
        }
        return number;
    }

    /** One domain whose table lies in RAM of its own. */
    private static final class Driver {
        private final RecordedDriver kind;
        private final PageTable table;
        private final IommuDomain domain;

        Driver(RecordedDriver kind) {
            this.kind = kind;
            table = kind.newTable();
            domain = new IommuDomain(0, table, Era.V3_14, TraceSink.NONE);
        }

        /** The answer, with {@code W} behind it if the driver's own checks fired. */
        String warned(Supplier<String> operation) {
            long before = table.warnings();
            String answer = operation.get();
            return table.warnings() == before ? answer : answer + " W";
        }

        String map(DmaAddr iova, PhysAddr phys, long bytes, IommuProt prot) {
            return Integer.toString(-domain.map(iova, phys, bytes, prot)
                    .<Integer>fold(range -> 0, reason -> reason.errno().number()));
        }

        String unmap(DmaAddr iova, long bytes) {
            try {
                return text(domain.unmap(new AddrRange<>(iova, bytes)).unmappedBytes());
            } catch (KernelBug bug) {
                return "BUG";
            }
        }

        String translate(DmaAddr iova) {
            return text(domain.iovaToPhys(iova).value());
        }

        /** The table as recordings print it, read word by word from RAM. */
        Map<String, String> dump() {
            Map<String, String> dump = new TreeMap<>();
            table.visit(new TableVisitor() {
                @Override
                public void table(int level, long index, long descriptor, PhysAddr at) {
                    dump.put("T " + text(index), text(descriptor & kind.attributesOfTable()));
                }

                @Override
                public void leaf(int level, long index, long descriptor, PhysAddr at) {
                    String key = level == 1
                            ? "S " + text(index)
                            : "E " + text(index / kind.secondLevelEntries()) + " "
                                    + text(index % kind.secondLevelEntries());
                    dump.put(key, text(descriptor));
                }
            });
            return dump;
        }

        private static String text(long value) {
            return Long.toHexString(value);
        }
    }
}
