package org.dmalab.engine.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmalab.engine.Board;
import org.dmalab.engine.Boards;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.testing.GoldenFile;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/**
 * How Linux 3.14's {@code __iommu_map_sg} cut scatter lists into ranges, and where it put them. The recorded protection is
 * not compared: the Exynos driver of that time ignored it.
 */
final class MapSgGoldenTest {
    private static final Pattern ENTRY = Pattern.compile("\\((\\p{XDigit}+),(\\p{XDigit}+),(\\p{XDigit}+)\\)");

    private final List<String> mapped = new ArrayList<>();

    @Test
    void replay_ofTheRecording_hasNoDifference() {
        GoldenFile recording = GoldenFile.of("dma/armiommu-mapsg-v3.14.txt.gz");
        assertEquals(
                "create base=80000000 size=8000000 order=0 bits=32768",
                recording.lines().get(0));
        DmaDevice device = deviceWithWindow(0x80000000L, 0x8000000L);
        int calls = 0;
        List<String> expected = new ArrayList<>();
        String answer = "";
        for (String line : recording.lines()) {
            if (line.startsWith("map_sg ")) {
                device.maxSegSize(Long.parseLong(line.replaceAll(".*max=(\\p{XDigit}+) .*", "$1"), 16));
                mapped.clear();
                expected.clear();
                answer = answer(device.map(table(line), DmaDirection.TO_DEVICE));
                calls++;
            } else if (line.startsWith("   iommu_map ")) {
                expected.add(line.substring("   iommu_map ".length()).replaceAll(" prot .*", ""));
            } else if (line.startsWith(" -> ")) {
                assertEquals(expected, mapped, line);
                assertEquals(line, answer);
            }
        }
        assertEquals(60, calls);
    }

    private static SgTable table(String line) {
        List<ScatterList> entries = new ArrayList<>();
        Matcher matcher = ENTRY.matcher(line);
        while (matcher.find()) {
            entries.add(new ScatterList(
                    PhysAddr.ofPfn(Long.parseLong(matcher.group(1), 16)),
                    Long.parseLong(matcher.group(2), 16),
                    Long.parseLong(matcher.group(3), 16)));
        }
        return new SgTable(entries);
    }

    private static String answer(SgMapping mapping) {
        StringBuilder text = new StringBuilder(" -> " + mapping.nents() + ":");
        for (AddrRange<DmaAddr> segment : mapping.segments()) {
            text.append(' ')
                    .append(Long.toHexString(segment.start().value()))
                    .append('+')
                    .append(Long.toHexString(segment.bytes()));
        }
        return text + " ffffffff+0".repeat(mapping.table().origNents() - mapping.nents());
    }

    private DmaDevice deviceWithWindow(long base, long bytes) {
        Board exynos = Boards.exynos4412();
        Board board = new Board(
                "one window",
                exynos.cpu(),
                new AddrRange<>(new PhysAddr(0), exynos.ram().bytes()), // the recorded frame numbers are small
                exynos.vmallocBytes(),
                new AddrRange<>(new PhysAddr(0), exynos.kernelImage().bytes()),
                exynos.inner(),
                exynos.outer(),
                exynos.coherent(),
                exynos.prices(),
                List.of(new Board.Window("w", new AddrRange<>(new DmaAddr(base), bytes), 0)),
                List.of(new Board.Master(
                        "dev", "w", List.of(new Board.Sysmmu("sysmmu", new PhysAddr(0x10000000L))), 65536)));
        Soc soc = Soc.of(board).build();
        soc.listen(new TraceSink() {
            @Override
            public void iommuMapped(int domain, long iova, long phys, long length) {
                mapped.add(Long.toHexString(iova) + "->" + Addresses.hex(phys).substring(2) + " "
                        + Long.toHexString(length));
            }
        });
        return soc.device("dev");
    }
}
