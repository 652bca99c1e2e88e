package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.testing.GoldenFile;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Linux 3.14's {@code exynos-iommu.c} answered under {@code iommu_map} and {@code iommu_unmap}, and its final table. */
final class ExynosGoldenTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final int EINVAL = 22;

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(RAM, Bytes.mib(64))));
    private final IommuDomain domain = domain();

    static Stream<GoldenFile> recordings() {
        return GoldenFile.in("drv-exynos-v3.14");
    }

    private IommuDomain domain() {
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), Bytes.mib(64) >>> 12, TraceSink.NONE))));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
        TableMemory tables = new TableMemory(ram, pages, new CacheMaintenance(caches), TraceSink.NONE);
        ExynosSysmmuTable table = ExynosSysmmuTable.create(tables, Era.V3_14)
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
        return new IommuDomain(0, table, TraceSink.NONE);
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_ofARecording_hasNoDifference(GoldenFile recording) {
        Set<String> expectedTable = new TreeSet<>();
        int operations = 0;
        boolean crashed = false;
        for (String line : recording.lines()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "m", "u", "t" -> {
                    operations++;
                    assertEquals(
                            words[words.length - 1],
                            answer(words),
                            recording + " operation " + operations + ": " + line);
                }
                case "S", "T", "E" -> expectedTable.add(line);
                case "CRASH" -> crashed = true;
                default -> assertEquals("#", words[0].substring(0, 1), "unknown line: " + line);
            }
        }
        if (!crashed) {
            assertEquals(expectedTable, dump());
        }
    }

    private String answer(String... words) {
        DmaAddr iova = new DmaAddr(hex(words[1]));
        return switch (words[0]) {
            case "m" -> map(iova, new PhysAddr(hex(words[2])), hex(words[3]));
            case "u" -> unmap(iova, hex(words[2]));
            default ->
                text(domain.translate(iova).fold(mapped -> mapped.address().value(), end -> 0L));
        };
    }

    private String map(DmaAddr iova, PhysAddr phys, long bytes) {
        int errno = domain.map(iova, phys, bytes)
                .fold(range -> 0, reason -> reason.errno().number());
        return Integer.toString(-errno);
    }

    private String unmap(DmaAddr iova, long bytes) {
        if (((iova.value() | bytes) & 0xFFF) != 0) {
            return text(Integer.toUnsignedLong(-EINVAL));
        }
        try {
            return text(domain.unmap(new AddrRange<>(iova, bytes)).unmappedBytes());
        } catch (ExynosSysmmuTable.PartialUnmap bug) {
            return "BUG";
        }
    }

    /** The table as the recordings print it, read word by word from RAM. */
    private Set<String> dump() {
        Set<String> dump = new TreeSet<>();
        for (int i = 0; i < 4096; i++) {
            int word = ram.readWord(domain.tableRoot().plus(i * 4L));
            if ((word & 3) == 2) {
                dump.add("S " + text(i) + " " + Integer.toHexString(word));
            } else if ((word & 3) == 1) {
                dump.add("T " + text(i) + " " + text(word & 0x3FF));
                PhysAddr table = new PhysAddr(word & 0xFFFFFC00L);
                for (int j = 0; j < 256; j++) {
                    int entry = ram.readWord(table.plus(j * 4L));
                    if (entry != 0) {
                        dump.add("E " + text(i) + " " + text(j) + " " + Integer.toHexString(entry));
                    }
                }
            }
        }
        return dump;
    }

    private static long hex(String word) {
        return Long.parseLong(word, 16);
    }

    private static String text(long value) {
        return Long.toHexString(value).toLowerCase(Locale.ROOT);
    }
}
