package org.dmalab.engine.replay;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.VmallocArea;
import org.dmalab.engine.cpu.VmallocFlag;

/**
 * Reads {@code /proc/vmallocinfo} of a real machine: {@code 0xf0804000-0xf0809000   20480 imx_src_init+0x30/0x8c
 * phys=0x020d8000 ioremap}. Kernels hide addresses from a reader who is not root: then only sizes are known.
 */
public final class ProcVmallocinfo {
    private static final String PAGES = "pages=";
    private static final String PHYS = "phys=";
    private static final String EXPECTED =
            "0xf0804000-0xf0809000   20480 imx_src_init+0x30/0x8c phys=0x020d8000 ioremap";

    private static final String NODE = "N\\d+=\\d+";

    /**
     * One line.
     *
     * @param range the addresses; empty if the kernel hid them
     * @param bytes the size, the guard page included
     * @param caller who asked, {@code nvme_remap_bar+0x90/0xd0 [nvme]}; empty if the line has none
     * @param flags what for
     * @param otherWords words this reader does not know, {@code unpurged vm_area} among them
     * @param pages how many pages, where the line says so
     * @param phys where the area leads, where the line says so
     */
    public record Line(
            Optional<AddrRange<VirtAddr>> range,
            long bytes,
            String caller,
            Set<VmallocFlag> flags,
            List<String> otherWords,
            OptionalInt pages,
            Optional<PhysAddr> phys) {
        public Line {
            flags = Set.copyOf(flags);
            otherWords = List.copyOf(otherWords);
        }

        /** The area, if its addresses are known. */
        public Optional<VmallocArea> area() {
            return range.map(addresses -> new VmallocArea(addresses, caller, flags, pages, phys));
        }
    }

    private record Row(long number, String text, Line line, boolean hidden) {}

    private ProcVmallocinfo() {}

    /**
     * What the file at {@code path} says, plain or gzipped.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device, a pipe or another tool's
     *     format
     */
    public static ProcFile<List<Line>> read(Path path) {
        return ProcLines.read(path, ProcVmallocinfo::read);
    }

    /** What a file says of which {@code in} gives the bytes. */
    public static ProcFile<List<Line>> read(String source, InputStream in) {
        return ProcLines.read(source, in, ProcVmallocinfo::read);
    }

    /** What a file given as text says. */
    public static ProcFile<List<Line>> parse(String text) {
        return read("vmallocinfo", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The areas of a file, to be placed in a machine.
     *
     * @throws IllegalArgumentException if the file has none, was not wholly read, or the kernel hid addresses
     */
    public static List<VmallocArea> areas(ProcFile<List<Line>> file) {
        List<VmallocArea> areas = new ArrayList<>();
        for (Line line : file.whole()) {
            areas.add(line.area()
                    .orElseThrow(() -> new IllegalArgumentException(file.source()
                            + " hides addresses, as the kernel does from a reader who is not root: " + file)));
        }
        return List.copyOf(areas);
    }

    private static List<Line> read(ProcLines lines) throws IOException {
        List<Row> rows = new ArrayList<>();
        while (lines.next()) {
            row(lines).ifPresent(rows::add);
        }
        lines.expected(EXPECTED, rows.size());
        // Hashed addresses never fit the size; where some fit, the others are damaged.
        boolean readable = rows.stream().anyMatch(row -> row.line().range().isPresent());
        List<Line> read = new ArrayList<>();
        long unknown = 0;
        for (Row row : rows) {
            if (readable && row.line().range().isEmpty() && !row.hidden()) {
                lines.malformed(row.number(), row.text(), "addresses and size do not fit");
            } else {
                lines.read();
                read.add(row.line());
                unknown += row.line().range().isEmpty() ? 1 : 0;
            }
        }
        if (unknown > 0) {
            lines.note("the kernel hid the addresses of " + unknown + (unknown == 1 ? " area" : " areas"));
        }
        return List.copyOf(read);
    }

    private static Optional<Row> row(ProcLines lines) {
        String[] words = lines.text().split("\\s+", -1);
        int dash = words[0].indexOf('-');
        OptionalLong bytes = words.length < 2 || dash < 0 ? OptionalLong.empty() : ProcLines.decimal(words[1]);
        if (bytes.isEmpty()) {
            lines.malformed("not START-END SIZE");
            return Optional.empty();
        }
        if (bytes.getAsLong() == 0 || !PageSize.SMALL_4K.isAligned(bytes.getAsLong())) {
            lines.malformed("size is not whole pages");
            return Optional.empty();
        }
        String start = words[0].substring(0, dash);
        String end = words[0].substring(dash + 1);
        if (!isPointer(start) || !isPointer(end)) {
            lines.malformed("no addresses");
            return Optional.empty();
        }
        Optional<AddrRange<VirtAddr>> range = range(address(start), address(end), bytes.getAsLong());
        boolean hidden = address(start).orElse(0) == 0 && address(end).orElse(0) == 0;
        return line(lines, words, range, bytes.getAsLong())
                .map(line -> new Row(lines.number(), lines.text(), line, hidden));
    }

    private static boolean isPointer(String word) {
        return address(word).isPresent() || word.replaceFirst("^0x", "").matches("\\(_*ptrval_*\\)");
    }

    private static OptionalLong address(String word) {
        return ProcLines.hex(word.startsWith("0x") ? word.substring(2) : word);
    }

    private static Optional<AddrRange<VirtAddr>> range(OptionalLong start, OptionalLong end, long bytes) {
        if (start.isEmpty() || end.isEmpty() || start.getAsLong() == 0) {
            return Optional.empty();
        }
        boolean fits = end.getAsLong() - start.getAsLong() == bytes
                && Long.compareUnsigned(start.getAsLong(), end.getAsLong() - 1) < 0
                && PageSize.SMALL_4K.isAligned(start.getAsLong());
        return fits ? Optional.of(new AddrRange<>(new VirtAddr(start.getAsLong()), bytes)) : Optional.empty();
    }

    private static Optional<Line> line(
            ProcLines lines, String[] words, Optional<AddrRange<VirtAddr>> range, long bytes) {
        int at = 2;
        String caller = "";
        if (at < words.length && (words[at].contains("+0x") || isPointer(words[at]))) {
            caller = Printable.text(words[at++], TextLines.MAX_LINE);
            if (at < words.length && words[at].startsWith("[") && words[at].endsWith("]")) {
                caller += " " + Printable.text(words[at++], TextLines.MAX_LINE);
            }
        }
        Set<VmallocFlag> flags = EnumSet.noneOf(VmallocFlag.class);
        List<String> others = new ArrayList<>();
        OptionalInt pages = OptionalInt.empty();
        Optional<PhysAddr> phys = Optional.empty();
        for (; at < words.length; at++) {
            String word = words[at];
            if (word.startsWith(PAGES)) {
                OptionalLong count = ProcLines.decimal(word.substring(PAGES.length()));
                if (count.isEmpty() || count.getAsLong() > bytes / PageSize.PAGE_BYTES) {
                    lines.malformed("pages= is no number, or more than the size");
                    return Optional.empty();
                }
                pages = OptionalInt.of((int) Math.min(count.getAsLong(), Integer.MAX_VALUE));
            } else if (word.startsWith(PHYS)) {
                OptionalLong address = address(word.substring(PHYS.length()));
                if (address.isEmpty() || address.getAsLong() >>> PhysAddr.MOST_BITS != 0) {
                    lines.malformed("phys= is no address");
                    return Optional.empty();
                }
                phys = Optional.of(new PhysAddr(address.getAsLong()));
            } else if (!word.matches(NODE)) {
                flag(word).ifPresentOrElse(flags::add, () -> others.add(Printable.text(word, TextLines.MAX_LINE)));
            }
        }
        return Optional.of(new Line(range, bytes, caller, flags, others, pages, phys));
    }

    private static Optional<VmallocFlag> flag(String word) {
        for (VmallocFlag flag : VmallocFlag.values()) {
            if (flag.text().equals(word)) {
                return Optional.of(flag);
            }
        }
        return Optional.empty();
    }
}
