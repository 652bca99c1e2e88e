package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Quirk;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the recorded walks do not reach: words by hand, each bit from ARM DDI 0487 D8.3 and ARM DDI 0406C B3.6. */
final class LongDescriptorWalkerTest {
    private static final long ROOT = 0x40000000L;
    private static final long NEXT = 0x40100000L;
    private static final long AF = 1L << 10;
    private static final long RW = 1L << 6;

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(ROOT), 4 << 20)));
    private final LongDescriptorConfig aarch64 =
            LongDescriptorConfig.of(Regime.AARCH64_STAGE1, new PhysAddr(ROOT), 12, 39);

    private void put(long table, long index, long word) {
        ram.writeLong(new PhysAddr(table + index * 8), word);
    }

    private Translation translate(LongDescriptorConfig registers, long va, Access access) {
        return new LongDescriptorWalker(ram, registers).walk(new DmaAddr(va), access);
    }

    private String walk(LongDescriptorConfig registers, long va, Access access) {
        return translate(registers, va, access)
                .fold(
                        mapped -> Long.toHexString(mapped.address().value()),
                        fault -> fault.kind() + " " + fault.level());
    }

    /** Privileged read, write, execute; user's read, write, execute. */
    private String rights(LongDescriptorConfig registers, long va) {
        StringBuilder rights = new StringBuilder();
        for (Access access : List.of(
                Access.PRIVILEGED_READ,
                Access.PRIVILEGED_WRITE,
                Access.PRIVILEGED_EXECUTE,
                Access.READ,
                Access.WRITE,
                Access.EXECUTE)) {
            boolean denied = walk(registers, va, access).startsWith("permission");
            rights.append(denied ? '-' : access.isWrite() ? 'w' : access.isExecute() ? 'x' : 'r');
        }
        return rights.toString();
    }

    /** AP[2:1] in bits 7:6, APTable in 2:1 of the second column, then XN and PXN. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, rwx--x, rwx---", "1, 0, 0, 0, rw-rwx, rwxrwx", "2, 0, 0, 0, r-x--x, r-x---",
        "3, 0, 0, 0, r-xr-x, r-xr-x", "1, 1, 0, 0, rwx--x, rwx---", "1, 2, 0, 0, r-xr-x, r-xr-x",
        "1, 3, 0, 0, r-x--x, r-x---", "3, 0, 1, 0, r-xr--, r--r--", "3, 0, 0, 1, r--r-x, r--r-x",
        "0, 0, 1, 1, rw----, rw----"
    })
    void walk_atStage1_allowsWhatLeafAndTablesSay(int ap, int apTable, int xn, int pxn, String v8, String v7) {
        put(ROOT, 0, NEXT | (long) apTable << 61 | 3);
        put(NEXT, 1, 0x80000000L | AF | (long) ap << 6 | (long) xn << 54 | (long) pxn << 53 | 1);
        assertEquals(v8, rights(aarch64, 0x200000));
        LongDescriptorConfig aarch32 = LongDescriptorConfig.of(Regime.AARCH32_STAGE1, new PhysAddr(ROOT), 12, 32);
        assertEquals(v7, rights(aarch32, 0x200000));
        // The same said by the table above.
        put(ROOT, 0, NEXT | (long) apTable << 61 | (long) xn << 60 | (long) pxn << 59 | 3);
        put(NEXT, 1, 0x80000000L | AF | (long) ap << 6 | 1);
        assertEquals(v7, rights(aarch32, 0x200000));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, ---", "1, 0, r-x", "2, 0, -w-", "3, 0, rwx", "3, 1, rw-"})
    void walk_atStage2_allowsWhatS2apSays(int s2ap, int xn, String expected) {
        LongDescriptorConfig stage2 = LongDescriptorConfig.of(Regime.AARCH64_STAGE2, new PhysAddr(ROOT), 12, 40)
                .withStartLevel(1);
        // 1024 entries: two concatenated tables.
        put(ROOT, 700, 0x40000000L | AF | (long) s2ap << 6 | (long) xn << 54 | 1);
        assertEquals(expected + expected, rights(stage2, 700L << 30));
        Translation fault = translate(stage2, 701L << 30, Access.READ);
        assertEquals(0xA0BL, LongPar.of(fault, stage2, false));
    }

    @Test
    void walk_byGranule_hasItsBlocksAndLevels() {
        LongDescriptorConfig pages16 = LongDescriptorConfig.of(Regime.AARCH64_STAGE1, new PhysAddr(ROOT), 14, 47);
        put(ROOT, 0, NEXT | 3);
        put(NEXT, 1, 0x82000000L | AF | RW | 1);
        assertEquals("82123456", walk(pages16, 0x2123456, Access.READ));
        put(ROOT, 0, 0x80000000L | AF | RW | 1);
        assertEquals("translation 1", walk(pages16, 0x2123456, Access.READ));
        assertEquals("2123456", walk(pages16.withQuirks(Set.of(Quirk.BLOCKS_AT_EVERY_LEVEL)), 0x2123456, Access.READ));
    }

    @Test
    void walk_withFiftyTwoBits_findsThemInTheLowBits() {
        LongDescriptorConfig far = LongDescriptorConfig.of(Regime.AARCH64_STAGE1, new PhysAddr(ROOT), 16, 52)
                .withOutputBits(52);
        put(ROOT, 0, NEXT | 3);
        put(ROOT, 1, 0x0000040000005000L | AF | RW | 1);
        put(NEXT, 3, 0x000012342000A000L | AF | RW | 1);
        assertEquals("a123420042069", walk(far, 3 * 0x20000000L + 0x42069, Access.READ));
        assertEquals("5040000000001", walk(far, 0x40000000001L, Access.READ));
        assertEquals("translation 1", walk(far.withOutputBits(48), 0x40000000001L, Access.READ));
        assertEquals("123420042069", walk(far.withOutputBits(48), 3 * 0x20000000L + 0x42069, Access.READ));
    }

    @Test
    void walk_outOfRange_faultsBySize() {
        assertEquals("translation 0", walk(aarch64, 1L << 39, Access.READ));
        assertEquals("translation 0", walk(aarch64, -1, Access.READ));
        put(ROOT, 0, NEXT | 3);
        put(ROOT, 1, 1L << 42 | 3);
        put(NEXT, 0, 1L << 42 | AF | RW | 1);
        put(NEXT, 1, 0x80000000L | RW | 1);
        assertEquals("address size 2", walk(aarch64.withOutputBits(40), 0, Access.READ));
        assertEquals("address size 1", walk(aarch64.withOutputBits(40), 1L << 30, Access.READ));
        assertEquals("40000000000", walk(aarch64, 0, Access.READ));
        assertEquals("external abort on walk 2", walk(aarch64, 1L << 30, Access.READ));
        assertEquals("access flag 2", walk(aarch64, 0x200000, Access.READ));
        assertEquals("80000000", walk(aarch64.withQuirks(Set.of(Quirk.IGNORES_ACCESS_FLAG)), 0x200000, Access.READ));
    }

    @Test
    void par_ofAMappedPage_tellsMairByteShareabilityAndWorld() {
        put(ROOT, 0, 0x40000000L | AF | RW | 3 << 8 | 2 << 2 | 1);
        LongDescriptorConfig registers = aarch64.withMair(0xFFFFFFFFF404FF44L);
        Translation found = translate(registers, 0x123456, Access.READ);
        assertEquals(0x0400000040123B80L, LongPar.of(found, registers, true));
        assertEquals(0x0400000040123980L, LongPar.of(found, registers, false));
    }

    /** ARM DDI 0487 table D8-93. */
    @ParameterizedTest
    @CsvSource({
        "12, 3, 64 KiB",
        "12, 2, 32 MiB",
        "14, 3, 2 MiB",
        "14, 2, 1 GiB",
        "16, 3, 2 MiB",
        "16, 2, 16 GiB",
        "12, 0, 512 GiB"
    })
    void contiguousEntries_byGranuleAndLevel_makeTheRun(int granuleShift, int level, String run) {
        long bytes = (long) LongDescriptor.contiguousEntries(granuleShift, level)
                << LongDescriptor.shift(granuleShift, level);
        assertEquals(run, Bytes.text(bytes));
    }

    @Test
    void config_thatNoWalkerHas_isAMistake() {
        assertThrows(IllegalArgumentException.class, () -> aarch64.withStartLevel(2));
        assertThrows(
                IllegalArgumentException.class,
                () -> LongDescriptorConfig.of(Regime.AARCH32_STAGE1, new PhysAddr(ROOT), 14, 32));
        assertThrows(
                IllegalArgumentException.class,
                () -> LongDescriptorConfig.of(Regime.AARCH32_STAGE1, new PhysAddr(ROOT), 12, 33));
        assertThrows(
                IllegalArgumentException.class,
                () -> LongDescriptorConfig.of(Regime.AARCH64_STAGE1, new PhysAddr(ROOT + 64), 12, 39));
    }
}
