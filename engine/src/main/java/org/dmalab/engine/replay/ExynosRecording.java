package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.trace.TraceSink;

/**
 * What Linux 3.14's {@code exynos-iommu.c} answered under {@code iommu_map}, {@code iommu_unmap} and
 * {@code iommu_iova_to_phys}, and its final table: {@code m iova pa size prot = errno}, {@code u iova size = bytes},
 * {@code t iova = pa}; {@code S l1index word}, {@code T l1index attrbits}, {@code E l1index l2index word}.
 */
final class ExynosRecording implements RecordedFormat {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final long RAM_BYTES = Bytes.mib(64);
    private static final String NO_ENTRY = "no entry";

    @Override
    public String name() {
        return "drv-exynos-v3.14";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Driver driver = new Driver();
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
                yield ReplayRun.answer(() -> driver.map(iova, phys, bytes));
            }
            case "u" -> {
                long bytes = run.hex(words[2]);
                yield ReplayRun.answer(() -> driver.unmap(iova, bytes));
            }
            default -> ReplayRun.answer(() -> driver.translate(iova));
        };
        // The answer has a second word, W, where the driver warned; this one never does.
        run.compare(String.join(" ", List.of(words).subList(arguments + 2, words.length)), found);
    }

    /** One domain whose table lies in RAM of its own. */
    private static final class Driver {
        private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, RAM_BYTES)));
        private final IommuDomain domain;

        Driver() {
            PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                    ZoneKind.NORMAL,
                    new BuddyAllocator(RAM.pfn(), RAM_BYTES >>> PageSize.PAGE_SHIFT, TraceSink.NONE))));
            CacheHierarchy caches = new CacheHierarchy(
                    CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
            TableMemory tables =
                    new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, TraceSink.NONE);
            ExynosSysmmuTable table = ExynosSysmmuTable.create(tables, Era.V3_14)
                    .orElseThrow(reason ->
                            new IllegalStateException("empty RAM has no room for a table: " + reason.explain()));
            domain = new IommuDomain(0, table, TraceSink.NONE);
        }

        String map(DmaAddr iova, PhysAddr phys, long bytes) {
            return Integer.toString(-domain.map(iova, phys, bytes)
                    .<Integer>fold(range -> 0, reason -> reason.errno().number()));
        }

        String unmap(DmaAddr iova, long bytes) {
            if (!PageSize.SMALL_4K.isAligned(iova.value() | bytes)) {
                // iommu_unmap returns -EINVAL as a 32-bit size_t.
                return text(Integer.toUnsignedLong(-Errno.EINVAL.number()));
            }
            try {
                return text(domain.unmap(new AddrRange<>(iova, bytes)).unmappedBytes());
            } catch (ExynosSysmmuTable.PartialUnmap bug) {
                return "BUG";
            }
        }

        String translate(DmaAddr iova) {
            return text(
                    domain.translate(iova).<Long>fold(mapped -> mapped.address().value(), end -> 0L));
        }

        /** The table as recordings print it, read word by word from RAM. */
        Map<String, String> dump() {
            Map<String, String> dump = new TreeMap<>();
            for (int i = 0; i < 4096; i++) {
                int word = ram.readWord(domain.tableRoot().plus(i * 4L));
                if ((word & 3) == 2) {
                    dump.put("S " + text(i), Integer.toHexString(word));
                } else if ((word & 3) == 1) {
                    dump.put("T " + text(i), text(word & 0x3FF));
                    PhysAddr second = new PhysAddr(word & 0xFFFFFC00L);
                    for (int j = 0; j < 256; j++) {
                        int entry = ram.readWord(second.plus(j * 4L));
                        if (entry != 0) {
                            dump.put("E " + text(i) + " " + text(j), Integer.toHexString(entry));
                        }
                    }
                }
            }
            return dump;
        }

        private static String text(long value) {
            return Long.toHexString(value);
        }
    }
}
