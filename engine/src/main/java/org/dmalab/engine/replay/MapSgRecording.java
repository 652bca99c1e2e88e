package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.dmalab.engine.iommu.IommuModel;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.TraceSink;

/**
 * How Linux 3.14's {@code __iommu_map_sg} cut scatter lists into ranges, and where it put them: {@code create base= size=
 * order= bits=}, then {@code map_sg max=HEX n=N: (pfn,offset,length) ...}, each {@code iommu_map iova->phys size prot N}, and
 * {@code -> nents: iova+length ...}.
 *
 * <p>The direction of a call is taken from the protection of its first {@code iommu_map}; that the others have the same is
 * compared. The model's domain has no protection, as the Exynos driver of that time ignored it.
 */
final class MapSgRecording implements RecordedFormat {
    private static final Pattern CALL = Pattern.compile("map_sg max=(\\p{XDigit}+) n=(\\d+):((?: \\([^()]*\\))+)");
    private static final Pattern ENTRY = Pattern.compile("\\((\\p{XDigit}+),(\\p{XDigit}+),(\\p{XDigit}+)\\)");
    private static final Pattern MAPPED = Pattern.compile("   iommu_map (\\S+->\\S+ \\S+) prot (\\d+)");
    private static final String RESULT = " -> ";
    private static final String NOTHING = "(nothing)";
    /** The recorded frame numbers are small: RAM begins at 0. */
    private static final PhysAddr RAM = new PhysAddr(0);

    private static final long RAM_BYTES = 0xC000_0000L;

    @Override
    public String name() {
        return "armiommu-mapsg-v3.14";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        Optional<Machine> machine = Optional.empty();
        while (run.next()) {
            if (run.text().startsWith("create ")) {
                machine = Optional.of(create(run));
            } else if (run.text().startsWith("map_sg ")) {
                run.operation();
                call(run, machine.orElseThrow(() -> run.garbled("no window yet, expected create")));
            } else if (!run.text().startsWith("#")) {
                throw run.unknown();
            }
        }
    }

    private static Machine create(ReplayRun run) {
        long base = run.hex(run.required("base"));
        long bytes = run.hex(run.required("size"));
        int order = run.decimal(run.required("order"), 19);
        Machine machine;
        try {
            machine = new Machine(new AddrRange<>(new DmaAddr(base), bytes), order);
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
        long granules = machine.device.window().bytes() / (4096L << order);
        run.compare("bits=" + run.required("bits"), "bits=" + granules);
        return machine;
    }

    private static void call(ReplayRun run, Machine machine) throws IOException {
        Matcher call = CALL.matcher(run.text().trim());
        if (!call.matches()) {
            throw run.garbled("expected map_sg max=HEX n=N: (pfn,offset,length) ...");
        }
        SgTable table = table(run, call.group(3));
        if (table.origNents() != run.decimal(call.group(2))) {
            throw run.garbled("expected n=" + call.group(2) + " entries, found " + table.origNents());
        }
        long max = run.hex(call.group(1));
        List<ReplayRun.Line> recorded = new ArrayList<>();
        String prot = "";
        while (true) {
            if (!run.next()) {
                run.note("it breaks off inside the last call, which is not compared");
                return;
            }
            Matcher mapped = MAPPED.matcher(run.text());
            if (!mapped.matches()) {
                break;
            }
            prot = prot.isEmpty() ? mapped.group(2) : prot;
            recorded.add(run.line());
        }
        if (!run.text().startsWith(RESULT)) {
            throw run.garbled("expected iommu_map or ->");
        }
        DmaDirection direction = direction(run, prot);
        String result = ReplayRun.answer(() -> machine.map(table, max, direction));
        for (int i = 0; i < Math.max(recorded.size(), machine.mapped.size()); i++) {
            String found = i < machine.mapped.size() ? machine.mapped.get(i) + " prot " + prot : NOTHING;
            if (i < recorded.size()) {
                ReplayRun.Line line = recorded.get(i);
                run.compare(line, line.text().trim(), found);
            } else {
                run.compare(NOTHING, found);
            }
        }
        String expected = run.text().stripTrailing();
        // What a failed call leaves in the entries is of no meaning.
        run.compare(expected.startsWith(Machine.FAILED) ? Machine.FAILED : expected, result);
    }

    private static DmaDirection direction(ReplayRun run, String prot) {
        // __dma_direction_to_prot: IOMMU_READ 1, IOMMU_WRITE 2.
        return switch (prot) {
            case "", "1" -> DmaDirection.TO_DEVICE;
            case "2" -> DmaDirection.FROM_DEVICE;
            case "3" -> DmaDirection.BIDIRECTIONAL;
            default -> throw run.garbled("prot must be 1, 2 or 3, not " + prot);
        };
    }

    private static SgTable table(ReplayRun run, String list) {
        List<ScatterList> entries = new ArrayList<>();
        for (String word : list.trim().split(" ", -1)) {
            Matcher entry = ENTRY.matcher(word);
            if (!entry.matches()) {
                throw run.garbled("not (pfn,offset,length) in hexadecimal: " + word);
            }
            try {
                entries.add(new ScatterList(
                        PhysAddr.ofPfn(run.hex(entry.group(1))), run.hex(entry.group(2)), run.hex(entry.group(3))));
            } catch (RecordingException e) {
                throw e;
            } catch (IllegalArgumentException e) {
                throw run.garbled(e);
            }
        }
        return new SgTable(entries);
    }

    /** A board with one device behind one window, and what was entered into its table. */
    private static final class Machine {
        static final String FAILED = " -> 0:";

        private final List<String> mapped = new ArrayList<>();
        private final DmaDevice device;

        Machine(AddrRange<DmaAddr> window, int order) {
            Board exynos = Boards.exynos4412();
            Board board = new Board(
                    "one window",
                    exynos.cores(),
                    new Board.Memory(
                            List.of(new AddrRange<>(RAM, RAM_BYTES)),
                            exynos.memory().vmallocBytes(),
                            0,
                            0,
                            List.of()),
                    exynos.prices(),
                    List.of(new Board.Window("w", window, order)),
                    List.of(new Board.IommuNode("sysmmu", new PhysAddr(0x10000000L), IommuModel.EXYNOS_SYSMMU)),
                    List.of(Board.Master.nonCoherent("dev", "w", List.of(Board.Link.to("sysmmu")), 65536)));
            Soc soc = Soc.of(board).build();
            soc.listen(new TraceSink() {
                @Override
                public void iommuMapped(int domain, long iova, long phys, long length) {
                    mapped.add("iommu_map " + Long.toHexString(iova) + "->"
                            + Addresses.hex(phys).substring(2) + " " + Long.toHexString(length));
                }
            });
            device = soc.device("dev");
        }

        String map(SgTable table, long maxSegSize, DmaDirection direction) {
            mapped.clear();
            device.maxSegSize(maxSegSize);
            return device.tryMap(table, direction).<String>fold(Machine::text, reason -> FAILED);
        }

        private static String text(SgMapping mapping) {
            StringBuilder text = new StringBuilder(RESULT + mapping.nents() + ":");
            for (AddrRange<DmaAddr> segment : mapping.segments()) {
                text.append(' ')
                        .append(Long.toHexString(segment.start().value()))
                        .append('+')
                        .append(Long.toHexString(segment.bytes()));
            }
            return text + " ffffffff+0".repeat(mapping.table().origNents() - mapping.nents());
        }
    }
}
