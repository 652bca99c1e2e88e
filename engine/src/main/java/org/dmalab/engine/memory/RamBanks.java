package org.dmalab.engine.memory;

import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PhysAddr;

/** The banks of RAM: which one an address lies in, and ranges of bytes, which lie in one bank each. */
final class RamBanks {
    private static final int FRAME_MASK = FrameTable.FRAME_MASK;
    private static final int CHUNK_BYTES = RamBank.CHUNK_BYTES;

    private final List<AddrRange<PhysAddr>> ranges;
    private final RamBank[] banks;
    /** Of all banks. */
    private final FrameTable frames = new FrameTable();
    /** The bank of the last access. */
    private RamBank near;

    RamBanks(List<AddrRange<PhysAddr>> banks, byte poison) {
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
    }

    /** The banks, as given. */
    List<AddrRange<PhysAddr>> ranges() {
        return ranges;
    }

    /** How much of it takes host memory. */
    long residentBytes() {
        long resident = (long) frames.size() << FrameTable.FRAME_SHIFT;
        for (RamBank bank : banks) {
            resident += (long) bank.chunksInARow() * CHUNK_BYTES;
        }
        return resident;
    }

    /** Whether {@code bytes} from {@code start} lie in one bank. */
    boolean contains(long start, long bytes) {
        return bankOf(start, bytes) >= 0;
    }

    /** An array with the byte at {@code address}, at the address's rest by the array's length, a power of two. */
    byte[] bytesAt(long address) {
        byte[] frame = frames.near(address >>> FrameTable.FRAME_SHIFT);
        return frame != FrameTable.ABSENT ? frame : bankAt(address).bytesAt(address);
    }

    /** The like, which may be written. */
    byte[] ownBytesAt(long address) {
        byte[] frame = frames.near(address >>> FrameTable.FRAME_SHIFT);
        return frame != FrameTable.ABSENT ? frame : bankAt(address).ownBytesAt(address);
    }

    /** Copies {@code bytes} from {@code start} into {@code to}. */
    void read(PhysAddr start, byte[] to, int offset, int bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        checkArray(to, offset, bytes);
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
    void write(PhysAddr start, byte[] from, int offset, int bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        checkArray(from, offset, bytes);
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

    private static void checkArray(byte[] array, int offset, int bytes) {
        if (bytes > 0 && (offset < 0 || offset > array.length - bytes)) {
            throw new IllegalArgumentException("array must have the bytes from offset on [offset=" + offset
                    + "] [bytes=" + bytes + "] [array=" + array.length + " bytes]");
        }
    }

    /** Copies {@code bytes} from {@code from} to {@code to}; a target frame that would hold zeros takes no host memory. */
    void copy(PhysAddr from, PhysAddr to, long bytes) {
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
    void zero(PhysAddr start, long bytes) {
        RamBank bank = checkInside(start.value(), bytes);
        long address = start.value();
        long end = address + bytes;
        while (address != end) {
            int piece = (int) Math.min(end - address, CHUNK_BYTES - (address & (CHUNK_BYTES - 1)));
            bank.zero(address, piece);
            address += piece;
        }
    }

    private RamBank bankAt(long address) {
        return near.contains(address, 1) ? near : checkInside(address, 1);
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
}
