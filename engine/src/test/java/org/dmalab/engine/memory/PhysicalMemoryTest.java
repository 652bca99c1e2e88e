package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class PhysicalMemoryTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(16))));

    @Test
    void untouched_readsZerosAndTakesNoHostMemory() {
        byte[] seen = {1, 2, 3};
        ram.read(BASE.plus(5000), seen, 0, 3);
        assertArrayEquals(new byte[3], seen);
        assertEquals(0, ram.residentBytes());
    }

    @Test
    void write_takesHostMemoryForItsFramesOnly_andZeroGivesItBack() {
        ram.write(BASE.plus(4090), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0, 10);
        assertEquals(8192, ram.residentBytes());
        assertEquals(0x0A090807, ram.readWord(BASE.plus(4096)), "little-endian");

        ram.zero(BASE, 8192);

        assertEquals(0, ram.residentBytes());
        assertEquals(0, ram.readWord(BASE.plus(4096)));
    }

    @Test
    void sixtyFourGib_untouched_isBuiltAtOnce() {
        PhysicalMemory large = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.gib(64))));
        large.writeWord(BASE.plus(Bytes.gib(63)), 42);
        assertEquals(42, large.readWord(BASE.plus(Bytes.gib(63))));
        assertEquals(4096, large.residentBytes());
    }

    @Test
    void randomWrites_agreeWithAFlatArray() {
        byte[] flat = new byte[1 << 20];
        RandomOperations.run(PhysicalMemoryTest.class, 11, 5_000, (random, log) -> {
            int start = random.nextInt(flat.length - 10_000);
            int bytes = random.nextInt(10_000);
            log.accept("at " + start + " " + bytes);
            switch (random.nextInt(3)) {
                case 0 -> {
                    byte[] data = new byte[bytes];
                    random.nextBytes(data);
                    ram.write(BASE.plus(start), data, 0, bytes);
                    System.arraycopy(data, 0, flat, start, bytes);
                }
                case 1 -> {
                    ram.zero(BASE.plus(start), bytes);
                    Arrays.fill(flat, start, start + bytes, (byte) 0);
                }
                default -> {
                    byte[] seen = new byte[bytes];
                    ram.read(BASE.plus(start), seen, 0, bytes);
                    assertArrayEquals(Arrays.copyOfRange(flat, start, start + bytes), seen);
                }
            }
        });
    }

    @Test
    void sixtyFourGibWithItsZone_untouched_takesLittleHostMemory() {
        long before = usedHeap();
        PhysicalMemory large = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.gib(64))));
        BuddyAllocator zone = new BuddyAllocator(BASE.pfn(), Bytes.gib(64) >>> 12, TraceSink.NONE);
        large.zero(BASE, Bytes.gib(64));
        assertEquals(0, large.readLong(BASE.plus(Bytes.gib(40))));
        long cost = usedHeap() - before;
        assertEquals(0, large.residentBytes());
        assertEquals(16L << 20, zone.freePages());
        assertTrue(cost < 4 << 20, "heap for 64 GiB of untouched RAM and its zone: " + cost);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void poison_isReadUntilTheFrameIsWrittenOrCleared() {
        PhysicalMemory poisoned = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(3))), (byte) 0xaa);
        assertEquals(0xaaaaaaaaaaaaaaaaL, poisoned.readLong(BASE.plus(0x1000)));
        assertEquals(0, poisoned.residentBytes());
        poisoned.writeByte(BASE.plus(0x1001), (byte) 1);
        assertEquals(0xaaaa01aa, poisoned.readWord(BASE.plus(0x1000)));
        assertEquals(4096, poisoned.residentBytes());
        poisoned.zero(BASE.plus(0x1000), 0x2000);
        assertEquals(0, poisoned.readWord(BASE.plus(0x1000)));
        assertEquals(0, poisoned.readWord(BASE.plus(0x2ffc)));
        assertEquals((byte) 0xaa, poisoned.readByte(BASE.plus(0x3000)));
        poisoned.zero(BASE.plus(Bytes.mib(1) - 8), Bytes.mib(1) + 16);
        assertEquals(8192, poisoned.residentBytes(), "only the frames that are cleared in part");
        assertEquals(0, poisoned.readLong(BASE.plus(Bytes.mib(2))));
        assertEquals(0xaaaaaaaaaaaaaaaaL, poisoned.readLong(BASE.plus(Bytes.mib(2) + 8)));
    }

    @Test
    void words_ofAllSizes_areLittleEndianAndAligned() {
        ram.writeLong(BASE.plus(16), 0x0807060504030201L);
        assertEquals(0x0807060504030201L, ram.readLong(BASE.plus(16)));
        assertEquals(0x08070605, ram.readWord(BASE.plus(20)));
        assertEquals(3, ram.readByte(BASE.plus(18)));
        for (int offset = 1; offset < 8; offset++) {
            PhysAddr odd = BASE.plus(16 + offset);
            assertThrows(IllegalArgumentException.class, () -> ram.readLong(odd));
            assertThrows(IllegalArgumentException.class, () -> ram.writeLong(odd, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> ram.readWord(BASE.plus(18)));
        assertEquals(0x0807060504030201L, ram.readLong(BASE.plus(16)));
    }

    @Test
    void severalBanks_readsGoToTheirOwn_andTheHoleIsRefused() {
        PhysAddr high = new PhysAddr(0x80001000L);
        PhysicalMemory banked =
                new PhysicalMemory(List.of(new AddrRange<>(BASE, 0x3000), new AddrRange<>(high, 0x2000)));
        banked.writeWord(BASE.plus(0x2ffc), 1);
        banked.writeWord(high, 2);
        assertEquals(1, banked.readWord(BASE.plus(0x2ffc)));
        assertEquals(2, banked.readWord(high));
        assertThrows(IllegalArgumentException.class, () -> banked.readWord(BASE.plus(0x3000)));
        assertThrows(IllegalArgumentException.class, () -> banked.readByte(new PhysAddr(0x80000fffL)));
        assertThrows(IllegalArgumentException.class, () -> banked.writeByte(high.plus(0x2000), (byte) 1));
        assertEquals(8192, banked.residentBytes());
    }

    /** Frames of a MiB that is written throughout are kept together; they come apart when half are cleared. */
    @Test
    void randomFrames_writtenThroughoutAndCleared_agreeWithAFlatArray() {
        PhysicalMemory small = new PhysicalMemory(List.of(new AddrRange<>(BASE.plus(0x3000), Bytes.mib(3))), (byte) 7);
        byte[] flat = new byte[(int) Bytes.mib(3)];
        Arrays.fill(flat, (byte) 7);
        int[] step = {0};
        RandomOperations.run(PhysicalMemoryTest.class, 12, 20_000, (random, log) -> {
            int frame = random.nextInt(flat.length >> 12);
            int at = (frame << 12) + 8 * random.nextInt(512);
            PhysAddr address = BASE.plus(0x3000 + at);
            int kind = random.nextInt(10_000);
            // Writes and clearings take turns, 4000 steps each, so that every MiB fills up and empties.
            boolean filling = random.nextInt(40) > 0 == (step[0]++ / 4000 % 2 == 0);
            log.accept(kind + " at " + at + " " + filling);
            if (kind == 0) {
                small.zero(BASE.plus(0x3000), flat.length);
                Arrays.fill(flat, (byte) 0);
            } else if (filling) {
                small.writeLong(address, random.nextLong());
                byte[] word = new byte[8];
                small.read(address, word, 0, 8);
                System.arraycopy(word, 0, flat, at, 8);
            } else {
                small.zero(BASE.plus(0x3000 + (frame << 12)), 4096);
                Arrays.fill(flat, frame << 12, (frame + 1) << 12, (byte) 0);
            }
            int seen = random.nextInt(flat.length);
            assertEquals(flat[seen], small.readByte(BASE.plus(0x3000 + seen)));
            assertEquals(flat[at], small.readByte(address));
        });
        byte[] all = new byte[flat.length];
        small.read(BASE.plus(0x3000), all, 0, all.length);
        assertArrayEquals(flat, all);
    }

    /** Two banks that begin and end inside a MiB; every MiB between is filled, emptied, copied and read by every size. */
    @Test
    void randomAccesses_ofAllSizesInTwoBanks_agreeWithFlatArrays() {
        int bytes = (int) Bytes.mib(3);
        PhysAddr[] starts = {BASE.plus(0x5000), new PhysAddr(0x9_2000_3000L)};
        PhysicalMemory two = new PhysicalMemory(
                List.of(new AddrRange<>(starts[0], bytes), new AddrRange<>(starts[1], bytes)), (byte) 0x5a);
        ByteBuffer[] flat = new ByteBuffer[2];
        byte[] throughout = new byte[bytes];
        for (int i = 0; i < 2; i++) {
            Arrays.fill(throughout, (byte) (i + 1));
            two.write(starts[i], throughout, 0, bytes);
            flat[i] = ByteBuffer.wrap(throughout.clone()).order(ByteOrder.LITTLE_ENDIAN);
        }
        RandomOperations.run(PhysicalMemoryTest.class, 13, 30_000, (random, log) -> {
            int bank = random.nextInt(2);
            int at = random.nextInt(bytes) & -8;
            PhysAddr address = starts[bank].plus(at);
            int count = Math.min(bytes - at, random.nextInt(random.nextInt(100) == 0 ? 1_500_000 : 9000));
            int kind = random.nextInt(8);
            log.accept(kind + " in bank " + bank + " at " + at + " for " + count);
            switch (kind) {
                case 0 -> {
                    two.writeLong(address, at * 0x123456789L);
                    flat[bank].putLong(at, at * 0x123456789L);
                }
                case 1 -> {
                    two.writeWord(address.plus(4), ~at);
                    flat[bank].putInt(at + 4, ~at);
                }
                case 2 -> {
                    two.writeByte(address.plus(3), (byte) count);
                    flat[bank].put(at + 3, (byte) count);
                }
                case 3 -> {
                    two.zero(address, count);
                    Arrays.fill(flat[bank].array(), at, at + count, (byte) 0);
                }
                case 4, 5 -> {
                    byte[] data = new byte[count];
                    random.nextBytes(data);
                    two.write(address, data, 0, count);
                    System.arraycopy(data, 0, flat[bank].array(), at, count);
                }
                case 6 -> {
                    int to = random.nextInt(bytes - count + 1);
                    two.copy(address, starts[1 - bank].plus(to), count);
                    System.arraycopy(flat[bank].array(), at, flat[1 - bank].array(), to, count);
                }
                default -> {
                    byte[] seen = new byte[count];
                    two.read(address, seen, 0, count);
                    assertArrayEquals(Arrays.copyOfRange(flat[bank].array(), at, at + count), seen);
                }
            }
            int other = random.nextInt(bytes) & -8;
            assertEquals(flat[bank].getLong(other), two.readLong(starts[bank].plus(other)));
            assertEquals(flat[bank].getInt(other + 4), two.readWord(starts[bank].plus(other + 4)));
            assertEquals(flat[bank].get(other + 1), two.readByte(starts[bank].plus(other + 1)));
            assertEquals(flat[bank].getLong(at), two.readLong(address));
            assertTrue(two.residentBytes() <= 2L * bytes, two.toString());
        });
    }

    @Test
    void mibWrittenThroughout_givesItsHostMemoryBackWhenHalfIsCleared() {
        ram.write(BASE, new byte[1 << 20], 0, 1 << 20);
        ram.writeLong(BASE.plus(Bytes.mib(1) - 8), 42);
        for (int frame = 0; frame < 127; frame++) {
            ram.zero(BASE.plus(frame << 12), 4096);
        }
        assertEquals(Bytes.mib(1), ram.residentBytes());
        ram.zero(BASE.plus(127 << 12), 4096);
        assertEquals(Bytes.kib(512), ram.residentBytes());
        assertEquals(42, ram.readLong(BASE.plus(Bytes.mib(1) - 8)));

        ram.writeLong(BASE.plus(8), 43);
        ram.zero(BASE.plus(4096), Bytes.mib(1));
        assertEquals(43, ram.readLong(BASE.plus(8)));
        assertEquals(4096, ram.residentBytes());
    }

    /** Clearing and writing in turns, as an allocator that hands out cleared pages does, must not move the MiB each time. */
    @Test
    void mibWrittenThroughout_framesClearedAndWrittenAgain_staysResident() {
        ram.write(BASE, new byte[1 << 20], 0, 1 << 20);
        for (int frame = 0; frame < 256; frame++) {
            ram.zero(BASE.plus(frame << 12), 4096);
            ram.writeLong(BASE.plus(frame << 12), frame + 1L);
        }
        assertEquals(Bytes.mib(1), ram.residentBytes());
        for (int frame = 0; frame < 256; frame++) {
            assertEquals(frame + 1L, ram.readLong(BASE.plus(frame << 12)));
            assertEquals(0, ram.readLong(BASE.plus((frame << 12) + 8)));
        }
    }

    @Test
    void access_besideAMibWrittenThroughout_isRefusedOrGoesToItsOwnFrame() {
        PhysAddr last = BASE.plus(Bytes.mib(15));
        ram.write(last, new byte[1 << 20], 0, 1 << 20);
        ram.writeWord(last, 7);
        assertEquals(7, ram.readWord(last));
        assertEquals(0, ram.readLong(last.plus(-8)));
        for (long wild : new long[] {Bytes.mib(1), -Bytes.mib(16), 1L << 32, 1L << 51, (1L << 50) + 8}) {
            PhysAddr address = new PhysAddr(last.value() + wild);
            assertThrows(IllegalArgumentException.class, () -> ram.readByte(address));
            assertThrows(IllegalArgumentException.class, () -> ram.readWord(address));
            assertThrows(IllegalArgumentException.class, () -> ram.readLong(address));
            assertThrows(IllegalArgumentException.class, () -> ram.writeByte(address, (byte) 1));
            assertThrows(IllegalArgumentException.class, () -> ram.writeWord(address, 1));
            assertThrows(IllegalArgumentException.class, () -> ram.writeLong(address, 1));
        }
        for (int odd = 1; odd < 8; odd++) {
            PhysAddr address = last.plus(odd);
            assertThrows(IllegalArgumentException.class, () -> ram.readLong(address));
            assertThrows(IllegalArgumentException.class, () -> ram.writeLong(address, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> ram.writeWord(last.plus(2), 1));
        assertEquals(7, ram.readLong(last));
        assertEquals(Bytes.mib(1), ram.residentBytes());
    }

    @Test
    void copy_ofUntouchedFrames_takesNoHostMemory_andOverlapIsRefused() {
        ram.writeLong(BASE.plus(0x8000), 1);
        ram.writeLong(BASE.plus(0x1ff8), 2);
        ram.copy(BASE, BASE.plus(0x8000), 0x2000);
        assertEquals(0, ram.readLong(BASE.plus(0x8000)));
        assertEquals(2, ram.readLong(BASE.plus(0x9ff8)));
        assertEquals(8192, ram.residentBytes());
        assertThrows(IllegalArgumentException.class, () -> ram.copy(BASE, BASE.plus(0x1000), 0x1008));
        assertThrows(IllegalArgumentException.class, () -> ram.copy(BASE, BASE.plus(Bytes.mib(16)), 8));
        assertThrows(IllegalArgumentException.class, () -> ram.copy(BASE, BASE.plus(0x4000), -1));
        assertEquals(0, ram.readLong(BASE.plus(0x1000)));
    }

    @Test
    void contains_negativeCount_isFalse() {
        assertTrue(ram.contains(BASE, 0));
        assertTrue(!ram.contains(BASE, -5));
    }

    @Test
    void readOrWrite_arrayTooShort_isRefusedAndChangesNothing() {
        ram.writeByte(BASE, (byte) 7);
        byte[] array = new byte[6000];
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> ram.read(BASE, array, 0, 8192))
                        .getMessage());
        assertEquals("array must have the bytes from offset on [offset=0] [bytes=8192] [array=6000 bytes]", message);
        assertEquals(0, array[0]);
        assertThrows(IllegalArgumentException.class, () -> ram.write(BASE, array, -1, 8));
        assertThrows(IllegalArgumentException.class, () -> ram.write(BASE, array, 5999, 2));
        assertEquals(7, ram.readByte(BASE));
    }

    @Test
    void access_outsideTheBanks_isRefusedByName() {
        assertTrue(String.valueOf(
                        assertThrows(IllegalArgumentException.class, () -> ram.readWord(BASE.plus(Bytes.mib(16))))
                                .getMessage())
                .startsWith("no RAM at 0x41000000"));
        assertThrows(IllegalArgumentException.class, () -> ram.zero(BASE, -1));
        assertThrows(IllegalArgumentException.class, () -> ram.zero(BASE.plus(Bytes.mib(16) - 4), 8));
        assertThrows(IllegalArgumentException.class, () -> ram.writeWord(BASE.plus(2), 1));
        AddrRange<PhysAddr> bank = new AddrRange<>(BASE, 4096);
        assertThrows(IllegalArgumentException.class, () -> new PhysicalMemory(List.of(bank, bank)));
        assertThrows(IllegalArgumentException.class, () -> new PhysicalMemory(List.of(new AddrRange<>(BASE, 5000))));
    }
}
