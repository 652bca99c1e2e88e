package org.dmalab.engine.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;

/**
 * The contents of RAM, one or more banks. A page frame takes host memory from the first byte written to it; one that was
 * never written reads as zeros, or as the byte asked for. Words are little-endian, as ARM Linux runs.
 *
 * <p>An untouched MiB costs ten bytes. A MiB that was written throughout is read and written by one look-up in an array of
 * MiBs, any other frame by one in a hash table.
 */
public final class PhysicalMemory {
    private static final int FRAME_MASK = FrameTable.FRAME_MASK;
    private static final int CHUNK_SHIFT = RamBank.CHUNK_SHIFT;
    private static final int CHUNK_MASK = RamBank.CHUNK_MASK;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final List<AddrRange<PhysAddr>> ranges;
    private final RamBank[] banks;
    /** Of all banks. */
    private final FrameTable frames = new FrameTable();

    /** The bank of the last access that needed one, its MiBs and where the first of them starts. */
    private RamBank near;

    private byte[][] nearChunks;
    private long nearBase;

    /** RAM in {@code banks}, which are page-aligned and do not overlap; it holds zeros. */
    public PhysicalMemory(List<AddrRange<PhysAddr>> banks) {
        this(banks, (byte) 0);
    }

    /**
     * RAM in {@code banks}, which are page-aligned and do not overlap.
     *
     * @param poison what every byte holds until it is first written
     */
    public PhysicalMemory(List<AddrRange<PhysAddr>> banks, byte poison) {
        ranges = List.copyOf(banks);
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("RAM must have at least 1 bank: []");
        }
        byte[] untouched = RamBank.ZEROS;
        if (poison != 0) {
            untouched = new byte[FrameTable.FRAME_BYTES];
            Arrays.fill(untouched, poison);
        }
        this.banks = new RamBank[ranges.size()];
        for (int i = 0; i < ranges.size(); i++) {
            AddrRange<PhysAddr> bank = ranges.get(i);
            if (((bank.start().value() | bank.bytes()) & FRAME_MASK) != 0) {
                throw new IllegalArgumentException("bank must be page-aligned: " + bank);
            }
            for (AddrRange<PhysAddr> other : ranges.subList(0, i)) {
                if (bank.overlaps(other)) {
                    throw new IllegalArgumentException("banks must not overlap: " + other + ", " + bank);
                }
            }
            this.banks[i] = new RamBank(bank, untouched, frames);
        }
        near = this.banks[0];
        nearChunks = near.chunks();
        nearBase = near.base();
    }

    /** The banks, as given. */
    public List<AddrRange<PhysAddr>> banks() {
        return ranges;
    }

    /** How much RAM there is. */
    public long bytes() {
        return ranges.stream().mapToLong(AddrRange::bytes).sum();
    }

    /** How much of it takes host memory. */
    public long residentBytes() {
        long resident = (long) frames.size() << FrameTable.FRAME_SHIFT;
        for (RamBank bank : banks) {
            resident += (long) bank.chunksInARow() << CHUNK_SHIFT;
        }
        return resident;
    }

    /** Whether {@code bytes} from {@code start} lie in one bank. */
    public boolean contains(PhysAddr start, long bytes) {
        return bankOf(start.value(), bytes) >= 0;
    }

    /*
     * The hot path: a word's number counted from the near bank's first MiB. Rotating instead of shifting puts the bits of a
     * misaligned address on top, where they make the number of the MiB too large; so one comparison refuses what is
     * misaligned, below or beyond. A MiB in a row lies in its bank throughout.
     */

    /** The byte at {@code address}. */
    public byte readByte(PhysAddr address) {
        long offset = address.value() - nearBase;
        byte[] row = rowOf(offset >>> CHUNK_SHIFT);
        int at = (int) offset & CHUNK_MASK;
        return at < row.length ? row[at] : readByteApart(address);
    }

    /** The 32-bit word at {@code address}, which is a multiple of 4. */
    public int readWord(PhysAddr address) {
        long number = Long.rotateRight(address.value() - nearBase, 2);
        byte[] row = rowOf(number >>> (CHUNK_SHIFT - 2));
        int at = (int) (number << 2) & CHUNK_MASK;
        return at < row.length ? (int) WORD.get(row, at) : readWordApart(address);
    }

    /** The 64-bit word at {@code address}, which is a multiple of 8. */
    public long readLong(PhysAddr address) {
        long number = Long.rotateRight(address.value() - nearBase, 3);
        byte[] row = rowOf(number >>> (CHUNK_SHIFT - 3));
        int at = (int) (number << 3) & CHUNK_MASK;
        return at < row.length ? (long) LONG.get(row, at) : readLongApart(address);
    }

    /** Sets the byte at {@code address}. */
    public void writeByte(PhysAddr address, byte value) {
        byte[] bytes = bankAt(address.value()).ownBytesAt(address.value());
        bytes[(int) address.value() & (bytes.length - 1)] = value;
    }

    /** Sets the 32-bit word at {@code address}, which is a multiple of 4. */
    public void writeWord(PhysAddr address, int word) {
        checkAligned(address, 4);
        byte[] bytes = bankAt(address.value()).ownBytesAt(address.value());
        WORD.set(bytes, (int) address.value() & (bytes.length - 1), word);
    }

    /** Sets the 64-bit word at {@code address}, which is a multiple of 8. */
    public void writeLong(PhysAddr address, long word) {
        checkAligned(address, 8);
        byte[] bytes = bankAt(address.value()).ownBytesAt(address.value());
        LONG.set(bytes, (int) address.value() & (bytes.length - 1), word);
    }

    /** Copies {@code bytes} from {@code start} into {@code to}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            byte[] from = bank.bytesAt(address);
            int at = (int) address & (from.length - 1);
            int piece = Math.min(bytes - done, from.length - at);
            System.arraycopy(from, at, to, offset + done, piece);
            done += piece;
            address += piece;
        }
    }

    /** Copies {@code bytes} of {@code from} to {@code start} and on. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        if (bytes > 0 && (offset < 0 || offset > from.length - bytes)) {
            throw new IndexOutOfBoundsException("bytes " + offset + " + " + bytes + " of an array of " + from.length);
        }
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            byte[] to = bank.ownBytesAt(address);
            int at = (int) address & (to.length - 1);
            int piece = Math.min(bytes - done, to.length - at);
            System.arraycopy(from, offset + done, to, at, piece);
            done += piece;
            address += piece;
        }
    }

    /** Copies {@code bytes} from {@code from} to {@code to}; a target frame that would hold zeros takes no host memory. */
    public void copy(PhysAddr from, PhysAddr to, long bytes) {
        RamBank source = checkInside(from.value(), bytes);
        RamBank target = checkInside(to.value(), bytes);
        if (bytes > Math.abs(from.value() - to.value())) {
            throw new IllegalArgumentException(
                    "copy must not overlap itself [from=" + from + "] [to=" + to + "] [bytes=" + bytes + "]");
        }
        for (long done = 0; done < bytes; ) {
            long readAt = from.value() + done;
            long writeAt = to.value() + done;
            long frameLeft = FrameTable.FRAME_BYTES - Math.max(readAt & FRAME_MASK, writeAt & FRAME_MASK);
            int piece = (int) Math.min(bytes - done, frameLeft);
            byte[] content = source.bytesAt(readAt);
            if (content == RamBank.ZEROS) {
                target.zero(writeAt, piece);
            } else {
                byte[] room = target.ownBytesAt(writeAt);
                System.arraycopy(
                        content, (int) readAt & (content.length - 1), room, (int) writeAt & (room.length - 1), piece);
            }
            done += piece;
        }
    }

    /**
     * Clears {@code bytes} from {@code start}. Whole frames give their host memory back, those of a MiB that was written
     * throughout when half of it was cleared.
     */
    public void zero(PhysAddr start, long bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        long address = start.value();
        long end = address + bytes;
        while (address != end) {
            int piece = (int) Math.min(end - address, RamBank.CHUNK_BYTES - (address & CHUNK_MASK));
            bank.zero(address, piece);
            address += piece;
        }
    }

    /** The bytes of a MiB of the near bank in a row; none if they are not, or there is no such MiB. */
    private byte[] rowOf(long chunk) {
        byte[][] chunks = nearChunks;
        return chunk < chunks.length ? chunks[(int) chunk] : RamBank.APART;
    }

    private byte readByteApart(PhysAddr address) {
        byte[] bytes = bankAt(address.value()).bytesAt(address.value());
        return bytes[(int) address.value() & (bytes.length - 1)];
    }

    private int readWordApart(PhysAddr address) {
        checkAligned(address, 4);
        byte[] bytes = bankAt(address.value()).bytesAt(address.value());
        return (int) WORD.get(bytes, (int) address.value() & (bytes.length - 1));
    }

    private long readLongApart(PhysAddr address) {
        checkAligned(address, 8);
        byte[] bytes = bankAt(address.value()).bytesAt(address.value());
        return (long) LONG.get(bytes, (int) address.value() & (bytes.length - 1));
    }

    private RamBank bankAt(long address) {
        return near.contains(address, 1) ? near : checkInside(address, 1);
    }

    private static void checkAligned(PhysAddr address, int size) {
        if ((address.value() & (size - 1)) != 0) {
            throw new IllegalArgumentException("word address must be a multiple of " + size + ": " + address);
        }
    }

    /** The bank of {@code bytes} from {@code start}, which is the near one from now on; no bytes are in any bank. */
    private RamBank checkInside(long start, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        if (bytes > 0 && !near.contains(start, bytes)) {
            int bank = bankOf(start, bytes);
            if (bank < 0) {
                throw new IllegalArgumentException(
                        "no RAM at " + Addresses.hex(start) + " for " + bytes + " bytes: banks are " + ranges);
            }
            near = banks[bank];
            nearChunks = near.chunks();
            nearBase = near.base();
        }
        return near;
    }

    private int bankOf(long start, long bytes) {
        for (int i = 0; i < banks.length; i++) {
            if (banks[i].contains(start, bytes)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return Bytes.text(bytes()) + " RAM, " + Bytes.text(residentBytes()) + " written";
    }
}
