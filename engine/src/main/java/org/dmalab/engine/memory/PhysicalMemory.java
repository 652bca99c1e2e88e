package org.dmalab.engine.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;

/**
 * The contents of RAM, one or more banks. A page frame takes host memory from the first byte written to it; one that was
 * never written reads as zeros, or as the byte asked for. Words are little-endian, as ARM Linux runs.
 *
 * <p>An untouched MiB costs ten bytes. Reads and writes look first at the MiB that served the last one, if it was written
 * throughout; any other such MiB takes a look-up in an array, any other frame one in a hash table.
 */
public final class PhysicalMemory {
    private static final int CHUNK_BYTES = RamBank.CHUNK_BYTES;
    /** The bits of an offset that are 0 if a byte, an aligned word, an aligned long there lies in the MiB. */
    private static final long BYTE_OUTSIDE = -CHUNK_BYTES;

    private static final long WORD_OUTSIDE = -CHUNK_BYTES | 3;
    private static final long LONG_OUTSIDE = -CHUNK_BYTES | 7;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final RamBanks banks;
    /** A MiB whose bytes are in a row, or {@link RamBank#APART}; clearing may let it come apart. */
    private byte[] row = RamBank.APART;
    /** The address of its first byte. */
    private long rowStart;

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
        this.banks = new RamBanks(banks, poison);
    }

    /** The banks, as given. */
    public List<AddrRange<PhysAddr>> banks() {
        return banks.ranges();
    }

    /** How much RAM there is. */
    public long bytes() {
        return banks.ranges().stream().mapToLong(AddrRange::bytes).sum();
    }

    /** How much of it takes host memory. */
    public long residentBytes() {
        return banks.residentBytes();
    }

    /** Whether {@code bytes} from {@code start} lie in one bank. */
    public boolean contains(PhysAddr start, long bytes) {
        return banks.contains(start.value(), bytes);
    }

    /** The byte at {@code address}. */
    public byte readByte(PhysAddr address) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & BYTE_OUTSIDE) == 0) {
            return bytes[(int) offset];
        }
        return readByteElsewhere(rowStart + offset);
    }

    /** The 32-bit word at {@code address}, which is a multiple of 4. */
    public int readWord(PhysAddr address) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & WORD_OUTSIDE) == 0) {
            return (int) WORD.get(bytes, (int) offset);
        }
        return readWordElsewhere(rowStart + offset);
    }

    /** The 64-bit word at {@code address}, which is a multiple of 8. */
    public long readLong(PhysAddr address) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & LONG_OUTSIDE) == 0) {
            return (long) LONG.get(bytes, (int) offset);
        }
        return readLongElsewhere(rowStart + offset);
    }

    /** Sets the byte at {@code address}. */
    public void writeByte(PhysAddr address, byte value) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & BYTE_OUTSIDE) == 0) {
            bytes[(int) offset] = value;
        } else {
            writeByteElsewhere(rowStart + offset, value);
        }
    }

    /** Sets the 32-bit word at {@code address}, which is a multiple of 4. */
    public void writeWord(PhysAddr address, int word) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & WORD_OUTSIDE) == 0) {
            WORD.set(bytes, (int) offset, word);
        } else {
            writeWordElsewhere(rowStart + offset, word);
        }
    }

    /** Sets the 64-bit word at {@code address}, which is a multiple of 8. */
    public void writeLong(PhysAddr address, long word) {
        long offset = address.value() - rowStart;
        byte[] bytes = row;
        if (bytes != RamBank.APART && (offset & LONG_OUTSIDE) == 0) {
            LONG.set(bytes, (int) offset, word);
        } else {
            writeLongElsewhere(rowStart + offset, word);
        }
    }

    /** Copies {@code bytes} from {@code start} into {@code to}. */
    public void read(PhysAddr start, byte[] to, int offset, int bytes) {
        banks.read(start, to, offset, bytes);
    }

    /** Copies {@code bytes} of {@code from} to {@code start} and on. */
    public void write(PhysAddr start, byte[] from, int offset, int bytes) {
        banks.write(start, from, offset, bytes);
    }

    /** Copies {@code bytes} from {@code from} to {@code to}; a target frame that would hold zeros takes no host memory. */
    public void copy(PhysAddr from, PhysAddr to, long bytes) {
        row = RamBank.APART;
        banks.copy(from, to, bytes);
    }

    /**
     * Clears {@code bytes} from {@code start}. Whole frames give their host memory back, those of a MiB that was written
     * throughout when half of it was cleared.
     */
    public void zero(PhysAddr start, long bytes) {
        row = RamBank.APART;
        banks.zero(start, bytes);
    }

    // Each of these is given a number: an address handed to a method that is not inlined would have to be allocated.

    private byte readByteElsewhere(long address) {
        byte[] bytes = bytesAt(address);
        return bytes[(int) address & (bytes.length - 1)];
    }

    private int readWordElsewhere(long address) {
        checkAligned(address, 4);
        byte[] bytes = bytesAt(address);
        return (int) WORD.get(bytes, (int) address & (bytes.length - 1));
    }

    private long readLongElsewhere(long address) {
        checkAligned(address, 8);
        byte[] bytes = bytesAt(address);
        return (long) LONG.get(bytes, (int) address & (bytes.length - 1));
    }

    private void writeByteElsewhere(long address, byte value) {
        byte[] bytes = ownBytesAt(address);
        bytes[(int) address & (bytes.length - 1)] = value;
    }

    private void writeWordElsewhere(long address, int word) {
        checkAligned(address, 4);
        byte[] bytes = ownBytesAt(address);
        WORD.set(bytes, (int) address & (bytes.length - 1), word);
    }

    private void writeLongElsewhere(long address, long word) {
        checkAligned(address, 8);
        byte[] bytes = ownBytesAt(address);
        LONG.set(bytes, (int) address & (bytes.length - 1), word);
    }

    private byte[] bytesAt(long address) {
        return remember(address, banks.bytesAt(address));
    }

    private byte[] ownBytesAt(long address) {
        return remember(address, banks.ownBytesAt(address));
    }

    private byte[] remember(long address, byte[] bytes) {
        if (bytes.length == CHUNK_BYTES) {
            row = bytes;
            rowStart = address & -CHUNK_BYTES;
        }
        return bytes;
    }

    private static void checkAligned(long address, int size) {
        if ((address & (size - 1)) != 0) {
            throw new IllegalArgumentException(
                    "word address must be a multiple of " + size + ": " + Addresses.hex(address));
        }
    }

    @Override
    public String toString() {
        return Bytes.text(bytes()) + " RAM, " + Bytes.text(residentBytes()) + " written";
    }
}
