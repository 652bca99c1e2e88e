package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
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
