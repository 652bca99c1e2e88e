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
 * <p>An untouched MiB costs one reference. Reads look first at the array that served the last one.
 */
public final class PhysicalMemory {
    private static final int FRAME_BYTES = RamChunk.FRAME_BYTES;
    private static final int FRAME_MASK = FRAME_BYTES - 1;
    private static final int CHUNK_MASK = RamChunk.BYTES - 1;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final List<AddrRange<PhysAddr>> banks;
    private final long[] starts;
    private final long[] lengths;
    /** Per bank and MiB of the address space. */
    private final RamChunk[][] chunks;
    /** Stand for every chunk no frame of which was written, or that was cleared. */
    private final RamChunk untouched;

    private final RamChunk cleared;

    private int lastBank;
    /** The array of the last access, whose length is a power of two, and the address of its first byte. */
    private byte[] near;

    private long nearStart;
    private long residentFrames;

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
        this.banks = List.copyOf(banks);
        if (banks.isEmpty()) {
            throw new IllegalArgumentException("RAM must have at least 1 bank: []");
        }
        byte[] fill = RamChunk.ZEROS;
        if (poison != 0) {
            fill = new byte[FRAME_BYTES];
            Arrays.fill(fill, poison);
        }
        untouched = RamChunk.filledWith(fill, fill);
        cleared = poison == 0 ? untouched : RamChunk.filledWith(RamChunk.ZEROS, fill);
        starts = new long[banks.size()];
        lengths = new long[banks.size()];
        chunks = new RamChunk[banks.size()][];
        for (int i = 0; i < banks.size(); i++) {
            AddrRange<PhysAddr> bank = banks.get(i);
            if (((bank.start().value() | bank.bytes()) & FRAME_MASK) != 0) {
                throw new IllegalArgumentException("bank must be page-aligned: " + bank);
            }
            for (AddrRange<PhysAddr> other : banks.subList(0, i)) {
                if (bank.overlaps(other)) {
                    throw new IllegalArgumentException("banks must not overlap: " + other + ", " + bank);
                }
            }
            starts[i] = bank.start().value();
            lengths[i] = bank.bytes();
            long first = bank.start().value() >>> RamChunk.SHIFT;
            chunks[i] = new RamChunk[Math.toIntExact((bank.last() >>> RamChunk.SHIFT) - first + 1)];
            Arrays.fill(chunks[i], untouched);
        }
        nearStart = starts[0];
        near = fill;
    }

    /** The banks, as given. */
    public List<AddrRange<PhysAddr>> banks() {
        return banks;
    }

    /** How much RAM there is. */
    public long bytes() {
        return banks.stream().mapToLong(AddrRange::bytes).sum();
    }

    /** How much of it takes host memory. */
    public long residentBytes() {
        return residentFrames << RamChunk.FRAME_SHIFT;
    }

    /** Whether {@code bytes} from {@code start} lie in one bank. */
    public boolean contains(PhysAddr start, long bytes) {
        return bankOf(start.value(), bytes) >= 0;
    }

    /** The byte at {@code address}. */
    public byte readByte(PhysAddr address) {
        long offset = address.value() - nearStart;
        byte[] bytes = near;
        if ((offset & -(long) bytes.length) == 0) {
            return bytes[(int) offset];
        }
        bytes = bytesFor(address, 1);
        return bytes[(int) address.value() & (bytes.length - 1)];
    }

    /** The 32-bit word at {@code address}, which is a multiple of 4. */
    public int readWord(PhysAddr address) {
        long offset = address.value() - nearStart;
        byte[] bytes = near;
        // One test for a multiple of 4, not below and not beyond: near's length is a power of two.
        if ((offset & ~(bytes.length - 4L)) == 0) {
            return (int) WORD.get(bytes, (int) offset);
        }
        bytes = bytesFor(address, 4);
        return (int) WORD.get(bytes, (int) address.value() & (bytes.length - 1));
    }

    /** The 64-bit word at {@code address}, which is a multiple of 8. */
    public long readLong(PhysAddr address) {
        long offset = address.value() - nearStart;
        byte[] bytes = near;
        if ((offset & ~(bytes.length - 8L)) == 0) {
            return (long) LONG.get(bytes, (int) offset);
        }
        bytes = bytesFor(address, 8);
        return (long) LONG.get(bytes, (int) address.value() & (bytes.length - 1));
    }

    /** Sets the byte at {@code address}. */
    public void writeByte(PhysAddr address, byte value) {
        byte[] bytes = ownBytesAt(address.value());
        bytes[(int) address.value() & (bytes.length - 1)] = value;
    }

    /** Sets the 32-bit word at {@code address}, which is a multiple of 4. */
    public void writeWord(PhysAddr address, int word) {
        checkAligned(address, 4);
        byte[] bytes = ownBytesAt(address.value());
        WORD.set(bytes, (int) address.value() & (bytes.length - 1), word);
    }

    /** Sets the 64-bit word at {@code address}, which is a multiple of 8. */
    public void writeLong(PhysAddr address, long word) {
        checkAligned(address, 8);
        byte[] bytes = ownBytesAt(address.value());
        LONG.set(bytes, (int) address.value() & (bytes.length - 1), word);
    }

    /** Copies {@code bytes} from {@code start} into {@code to}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes) {
        checkInside(start.value(), bytes);
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            int piece = Math.min(bytes - done, FRAME_BYTES - ((int) address & FRAME_MASK));
            byte[] from = bytesAt(address);
            System.arraycopy(from, (int) address & (from.length - 1), to, offset + done, piece);
            done += piece;
            address += piece;
        }
    }

    /** Copies {@code bytes} of {@code from} to {@code start} and on. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes) {
        checkInside(start.value(), bytes);
        if (bytes > 0 && (offset < 0 || offset > from.length - bytes)) {
            throw new IndexOutOfBoundsException("bytes " + offset + " + " + bytes + " of an array of " + from.length);
        }
        long address = start.value();
        for (int done = 0; done < bytes; ) {
            int piece = Math.min(bytes - done, FRAME_BYTES - ((int) address & FRAME_MASK));
            byte[] to = ownBytesAt(address);
            System.arraycopy(from, offset + done, to, (int) address & (to.length - 1), piece);
            done += piece;
            address += piece;
        }
    }

    /** Clears {@code bytes} from {@code start}; whole frames give their host memory back. */
    public void zero(PhysAddr start, long bytes) {
        checkInside(start.value(), bytes);
        long address = start.value();
        long end = address + bytes;
        while (address != end) {
            int left = (int) Math.min(end - address, RamChunk.BYTES - ((int) address & CHUNK_MASK));
            if (left == RamChunk.BYTES) {
                clearChunk(address);
            } else {
                zeroInChunk(address, left);
            }
            address += left;
        }
    }

    private void clearChunk(long address) {
        int bank = bankOf(address, 1);
        int index = chunkIndex(bank, address);
        residentFrames -= chunks[bank][index].ownFrames();
        chunks[bank][index] = cleared;
        look(address, chunks[bank][index]);
    }

    private void zeroInChunk(long start, int count) {
        for (int done = 0; done < count; ) {
            long address = start + done;
            int piece = Math.min(count - done, FRAME_BYTES - ((int) address & FRAME_MASK));
            if (bytesAt(address) != RamChunk.ZEROS) {
                if (piece == FRAME_BYTES) {
                    clearFrame(address);
                } else {
                    byte[] to = ownBytesAt(address);
                    int at = (int) address & (to.length - 1);
                    Arrays.fill(to, at, at + piece, (byte) 0);
                }
            }
            done += piece;
        }
    }

    private void clearFrame(long address) {
        RamChunk chunk = ownChunkAt(address);
        residentFrames -= chunk.ownFrames();
        chunk.clearFrame((int) address & CHUNK_MASK);
        residentFrames += chunk.ownFrames();
        look(address, chunk);
    }

    /** The array for a read of {@code size} bytes that the last array did not serve. */
    private byte[] bytesFor(PhysAddr address, int size) {
        checkAligned(address, size);
        return bytesAt(address.value());
    }

    private byte[] bytesAt(long address) {
        int bank = bankAt(address);
        look(address, chunks[bank][chunkIndex(bank, address)]);
        return near;
    }

    private byte[] ownBytesAt(long address) {
        RamChunk chunk = ownChunkAt(address);
        int before = chunk.ownFrames();
        chunk.own((int) address & CHUNK_MASK);
        residentFrames += chunk.ownFrames() - before;
        look(address, chunk);
        return near;
    }

    private RamChunk ownChunkAt(long address) {
        int bank = bankAt(address);
        int index = chunkIndex(bank, address);
        RamChunk chunk = chunks[bank][index];
        if (chunk == untouched || chunk == cleared) {
            chunk = chunk.fresh();
            chunks[bank][index] = chunk;
        }
        return chunk;
    }

    /** Remembers the array that holds {@code address}; needed after every change of who owns what. */
    private void look(long address, RamChunk chunk) {
        near = chunk.bytesAt((int) address & CHUNK_MASK);
        nearStart = address & -(long) near.length;
    }

    private int chunkIndex(int bank, long address) {
        return (int) ((address >>> RamChunk.SHIFT) - (starts[bank] >>> RamChunk.SHIFT));
    }

    private int bankAt(long address) {
        int bank = lastBank;
        if (Long.compareUnsigned(address - starts[bank], lengths[bank]) < 0) {
            return bank;
        }
        bank = bankOf(address, 1);
        if (bank < 0) {
            throw noRam(address, 1);
        }
        lastBank = bank;
        return bank;
    }

    private static void checkAligned(PhysAddr address, int size) {
        if ((address.value() & (size - 1)) != 0) {
            throw new IllegalArgumentException("word address must be a multiple of " + size + ": " + address);
        }
    }

    private void checkInside(long start, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        if (bytes > 0 && bankOf(start, bytes) < 0) {
            throw noRam(start, bytes);
        }
    }

    private int bankOf(long start, long bytes) {
        for (int i = 0; i < starts.length; i++) {
            long offset = start - starts[i];
            if (Long.compareUnsigned(offset, lengths[i]) < 0 && bytes <= lengths[i] - offset) {
                return i;
            }
        }
        return -1;
    }

    private IllegalArgumentException noRam(long start, long bytes) {
        return new IllegalArgumentException(
                "no RAM at " + Addresses.hex(start) + " for " + bytes + " bytes: banks are " + banks);
    }

    @Override
    public String toString() {
        return Bytes.text(bytes()) + " RAM, " + Bytes.text(residentBytes()) + " written";
    }
}
