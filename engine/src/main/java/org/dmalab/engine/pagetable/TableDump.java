package org.dmalab.engine.pagetable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * A table as others can read it: a text with one line per entry, and an image of the RAM it lies in.
 *
 * <p>The image is an ELF file (64 bits, little-endian): each stretch of table is a segment at its physical address, and the
 * entry point is the table's root. {@code readelf -l} lists it, gdb opens it, and QEMU's {@code -device loader,file=} puts it
 * into a guest's RAM for its MMU to walk. Where a walk leaves the segments, the table has only zeros.
 */
public final class TableDump {
    private static final int ELF_HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    private static final int MOST_SEGMENTS = 0xFFFE;
    private static final short ET_EXEC = 2;
    private static final short EM_AARCH64 = 183;
    private static final int PT_LOAD = 1;
    private static final int PF_R = 4;

    private final PhysAddr root;
    private final String text;
    private final byte[] image;

    private TableDump(PhysAddr root, String text, byte[] image) {
        this.root = root;
        this.text = text;
        this.image = image;
    }

    /** The table's entries and the blocks of {@code ram} it lies in, as they are now. */
    static TableDump of(PageTable table, PhysicalMemory ram) {
        TreeMap<PhysAddr, Long> blocks = new TreeMap<>();
        table.visitBlocks((level, start, bytes) -> blocks.merge(start, bytes, Math::max));
        TreeMap<PhysAddr, byte[]> segments = new TreeMap<>();
        PhysAddr start = table.root();
        long bytes = 0;
        for (Map.Entry<PhysAddr, Long> block : blocks.entrySet()) {
            if (bytes > 0 && block.getKey().value() > start.value() + bytes) {
                segments.put(start, read(ram, start, bytes));
                bytes = 0;
            }
            if (bytes == 0) {
                start = block.getKey();
            }
            bytes = Math.max(bytes, block.getKey().minus(start) + block.getValue());
        }
        if (bytes > 0) {
            segments.put(start, read(ram, start, bytes));
        }
        return new TableDump(table.root(), text(table), image(table.root(), segments));
    }

    /** A table that lies in registers: its words in order, from address 0 on. */
    static TableDump ofWords(PageTable table, int... words) {
        ByteBuffer block = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        block.asIntBuffer().put(words);
        TreeMap<PhysAddr, byte[]> segments = new TreeMap<>();
        segments.put(new PhysAddr(0), block.array());
        return new TableDump(table.root(), text(table), image(table.root(), segments));
    }

    private static byte[] read(PhysicalMemory ram, PhysAddr start, long bytes) {
        byte[] content = new byte[Math.toIntExact(bytes)];
        ram.read(start, content, 0, content.length);
        return content;
    }

    private static String text(PageTable table) {
        StringBuilder text = new StringBuilder("# table at ")
                .append(table.root())
                .append(", pages of ")
                .append(String.join(
                        ", ", table.pageSizes().stream().map(PageSize::toString).toList()))
                .append("\n# level index descriptor where kind\n");
        table.visit(new TableVisitor() {
            @Override
            public void table(int level, long index, long descriptor, PhysAddr at) {
                line(text, level, index, descriptor, at, "table");
            }

            @Override
            public void leaf(int level, long index, long descriptor, PhysAddr at) {
                line(text, level, index, descriptor, at, "page");
            }
        });
        return text.toString();
    }

    private static void line(StringBuilder text, int level, long index, long descriptor, PhysAddr at, String kind) {
        text.append(level)
                .append(' ')
                .append(Long.toHexString(index))
                .append(' ')
                .append(Addresses.hex(descriptor))
                .append(' ')
                .append(at)
                .append(' ')
                .append(kind)
                .append('\n');
    }

    private static byte[] image(PhysAddr entry, SortedMap<PhysAddr, byte[]> segments) {
        if (segments.size() > MOST_SEGMENTS) {
            throw new IllegalArgumentException(
                    "table must lie in at most " + MOST_SEGMENTS + " separate blocks of RAM: " + segments.size());
        }
        int headers = ELF_HEADER + segments.size() * PROGRAM_HEADER;
        long bytes = headers
                + segments.values().stream().mapToLong(each -> each.length).sum();
        ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        file.putShort(ET_EXEC).putShort(EM_AARCH64).putInt(1);
        file.putLong(entry.value()).putLong(ELF_HEADER).putLong(0).putInt(0);
        file.putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER).putShort((short) segments.size());
        file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        long offset = headers;
        for (Map.Entry<PhysAddr, byte[]> segment : segments.entrySet()) {
            long address = segment.getKey().value();
            long size = segment.getValue().length;
            file.putInt(PT_LOAD).putInt(PF_R).putLong(offset).putLong(address).putLong(address);
            file.putLong(size).putLong(size).putLong(1);
            offset += size;
        }
        segments.values().forEach(file::put);
        return file.array();
    }

    /** Where a walk starts. */
    public PhysAddr root() {
        return root;
    }

    /** One line per entry that is not a fault: level, index in hex, descriptor, where it stands, {@code table} or {@code page}. */
    public String text() {
        return text;
    }

    /** The bytes of the image. */
    public byte[] image() {
        return image.clone();
    }

    @Override
    public String toString() {
        long lines = text.lines().count() - 2;
        return "table at " + root + ": " + lines + " entries, image of " + Bytes.text(image.length);
    }
}
