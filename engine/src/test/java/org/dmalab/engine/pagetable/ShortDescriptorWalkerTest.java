package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Order;
import org.dmalab.engine.pagetable.ShortPar.Detail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the recorded walks do not reach: words by hand, each bit from ARM DDI 0406C B3.5. */
final class ShortDescriptorWalkerTest {
    private static final PhysAddr TTBR0 = new PhysAddr(0x40000000L);
    private static final PhysAddr TTBR1 = new PhysAddr(0x40004000L);
    private static final int SECOND = 0x40010000;
    private static final String NOTHING = "translation 1";

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(TTBR0, 1 << 20)));
    private final ShortDescriptorConfig config = ShortDescriptorConfig.of(TTBR0);

    private void first(PhysAddr table, long va, int word) {
        ram.writeWord(table.plus((va >>> 20) * 4), word);
    }

    private String walk(ShortDescriptorConfig registers, long va, Access access) {
        return new ShortDescriptorWalker(ram, registers)
                .walk(new DmaAddr(va), access)
                .fold(
                        mapped -> Long.toHexString(mapped.address().value()),
                        fault -> fault.kind() + " " + fault.level());
    }

    /** AP[2:0] by table B3-8, and with AFE by B3-9: privileged read and write, user's read and write. */
    @ParameterizedTest
    @CsvSource({
        "0, ----, access flag", "1, rw--, rw--", "2, rwr-, access flag", "3, rwrw, rwrw",
        "4, ----, access flag", "5, r---, r---", "6, r-r-, access flag", "7, r-r-, r-r-"
    })
    void walk_byAccessPermissions_allowsWhatTheTablesSay(int ap, String plain, String afe) {
        first(TTBR0, 0, SECOND | 1);
        first(TTBR0, 0x100000, 0x70000002 | (ap & 3) << 10 | (ap >>> 2) << 15);
        ram.writeWord(new PhysAddr(SECOND), 0x50000002 | (ap & 3) << 4 | (ap >>> 2) << 9);
        ram.writeWord(new PhysAddr(SECOND + 4 * 16), 0x60000001 | (ap & 3) << 4 | (ap >>> 2) << 9);
        for (long va : new long[] {0x123, 0x10123, 0x100123}) {
            assertEquals(plain, rights(config.withAfe(false), va), "AP " + ap + " at " + va);
            assertEquals(afe, rights(config.withAfe(true), va), "AP " + ap + " with AFE at " + va);
        }
    }

    private String rights(ShortDescriptorConfig registers, long va) {
        StringBuilder rights = new StringBuilder();
        for (Access access : List.of(Access.PRIVILEGED_READ, Access.PRIVILEGED_WRITE, Access.READ, Access.WRITE)) {
            String found = walk(registers, va, access);
            if (found.startsWith("access flag")) {
                return "access flag";
            }
            rights.append(found.startsWith("permission") ? '-' : access.isWrite() ? 'w' : 'r');
        }
        return rights.toString();
    }

    @Test
    void walk_byTtbcr_choosesTheTable() {
        first(TTBR0, 0x3FF00000L, 0x50000C02);
        first(TTBR1, 0x40000000L, 0x60000C02);
        ShortDescriptorConfig both = config.withTtbr1(TTBR1, 2);
        assertEquals("50000042", walk(both, 0x3FF00042L, Access.WRITE));
        assertEquals("60000042", walk(both, 0x40000042L, Access.WRITE));
        assertEquals(NOTHING, walk(config, 0x40000042L, Access.WRITE));
        assertEquals(NOTHING, walk(config.withTtbr1(TTBR1, 2 | ShortDescriptorConfig.PD1), 0x40000042L, Access.READ));
        assertEquals(
                "50000042", walk(config.withTtbr1(TTBR1, 2 | ShortDescriptorConfig.PD1), 0x3FF00042L, Access.READ));
        assertEquals(NOTHING, walk(config.withTtbr1(TTBR1, 2 | ShortDescriptorConfig.PD0), 0x3FF00042L, Access.READ));
    }

    @Test
    void walk_byOrder_reportsTheFirstFault() {
        int domain5 = 5 << 5;
        first(TTBR0, 0, SECOND | domain5 | 1);
        ram.writeWord(new PhysAddr(SECOND + 4), 0x50000002);
        ShortDescriptorConfig closed = config.withDacr(ShortDescriptorConfig.ALL_CLIENTS & ~(3 << 10));
        assertEquals("translation 2", walk(closed, 0, Access.READ));
        assertEquals("access flag 2", walk(closed, 0x1000, Access.READ));
        assertEquals("domain 2", walk(closed.withOrder(Order.QEMU), 0, Access.READ));
        assertEquals("domain 2", walk(closed.withOrder(Order.QEMU), 0x1000, Access.READ));
        assertEquals("domain 2", walk(closed.withAfe(false), 0x1000, Access.READ));
        ShortDescriptorConfig manager = config.withDacr(3 << 10);
        assertEquals("access flag 2", walk(manager, 0x1000, Access.WRITE));
        assertEquals("50000000", walk(manager.withOrder(Order.QEMU), 0x1000, Access.WRITE));
        assertEquals("domain 2", walk(config.withDacr(2 << 10).withAfe(false), 0x1000, Access.WRITE));
    }

    @Test
    void walk_toExecute_honoursXnAndPxn() {
        first(TTBR0, 0, 0x50000C02);
        first(TTBR0, 0x100000, 0x50000C12);
        first(TTBR0, 0x200000, 0x50000C03);
        first(TTBR0, 0x300000, SECOND | 4 | 1);
        ram.writeWord(new PhysAddr(SECOND), 0x60000032);
        ram.writeWord(new PhysAddr(SECOND + 4), 0x60000033);
        ram.writeWord(new PhysAddr(SECOND + 4 * 16), 0x60008031);
        ShortDescriptorConfig pxn = config.withPxn(true);
        assertEquals("50000000", walk(pxn, 0, Access.PRIVILEGED_EXECUTE));
        assertEquals("permission 1", walk(pxn, 0x100000, Access.EXECUTE));
        assertEquals("50000000", walk(pxn, 0x200000, Access.EXECUTE));
        assertEquals("permission 1", walk(pxn, 0x200000, Access.PRIVILEGED_EXECUTE));
        assertEquals(NOTHING, walk(config, 0x200000, Access.EXECUTE));
        assertEquals("60000000", walk(pxn, 0x300000, Access.EXECUTE));
        assertEquals("permission 2", walk(pxn, 0x300000, Access.PRIVILEGED_EXECUTE));
        assertEquals("60000000", walk(config, 0x300000, Access.PRIVILEGED_EXECUTE));
        assertEquals("permission 2", walk(config, 0x301000, Access.EXECUTE));
        assertEquals("permission 2", walk(config, 0x310000, Access.EXECUTE));
    }

    @Test
    void walk_ofASupersection_hasFortyBitsAndDomain0() {
        // PA[39:36] = 0xA in bits 8:5, PA[35:32] = 0xB in bits 23:20.
        first(TTBR0, 0x1500000, 0x12B00C02 | 1 << 18 | 0xA << 5);
        ShortDescriptorConfig only0 = config.withDacr(1);
        assertEquals("ab12567890", walk(only0, 0x1567890, Access.READ));
        Translation found = new ShortDescriptorWalker(ram, only0).walk(new DmaAddr(0x1567890), Access.READ);
        assertEquals(0x12000202, ShortPar.of(found, only0, ram, 0x1567890, Detail.ADDRESS));
        // Class 0 of ARM Linux is strongly ordered: inner 1, shareable.
        assertEquals(0x12AB0292, ShortPar.of(found, only0, ram, 0x1567890, Detail.ATTRIBUTES));
    }

    @Test
    void par_ofNormalMemory_tellsItsCaching() {
        // TEX[0], C and B: class 7, write-back allocating both ways; S set, so PRRR.NS1 shares it.
        first(TTBR0, 0, 0x50010C02 | 1 << 12 | 3 << 2);
        ShortDescriptorConfig registers = config.withMemoryClasses(V7sTable.PRRR, V7sTable.NMRR);
        Translation found = new ShortDescriptorWalker(ram, registers).walk(new DmaAddr(0), Access.READ);
        assertEquals(0x500006D4, ShortPar.of(found, registers, ram, 0, Detail.ATTRIBUTES));
        ShortDescriptorConfig secure = registers.withSecure(true);
        assertEquals(0x50000000, ShortPar.of(found, secure, ram, 0, Detail.ADDRESS));
    }

    @Test
    void walk_toNoRam_abortsAndAnAddressOfTooManyBitsIsAMistake() {
        first(TTBR0, 0, 0x10000001);
        assertEquals("external abort on walk 2", walk(config, 0, Access.READ));
        assertEquals("external abort on walk 1", walk(ShortDescriptorConfig.of(new PhysAddr(0)), 0, Access.READ));
        assertThrows(IllegalArgumentException.class, () -> walk(config, 1L << 32, Access.READ));
        assertThrows(IllegalArgumentException.class, () -> config.withTtbr1(TTBR1.plus(0x1000), 1));
        assertThrows(IllegalArgumentException.class, () -> config.withTtbr1(TTBR1, 8));
    }
}
