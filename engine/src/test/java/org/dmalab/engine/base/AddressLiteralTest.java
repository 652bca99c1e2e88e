package org.dmalab.engine.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.Soc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that were written as {@code int} literals, which Java widens with their sign. */
final class AddressLiteralTest {
    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void physAddr_intLiteral_isRefusedWithWhatToWrite() {
        assertEquals(
                "physical address must have at most 52 bits: 0xffffffffef430000; an int literal was sign-extended? write"
                        + " 0xef430000L",
                refusal(() -> new PhysAddr(0xef430000)));
        assertEquals(0xef430000L, new PhysAddr(0xef430000L).value());
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 52, Long.MIN_VALUE, -1L << 32})
    void physAddr_moreThan52Bits_isRefused(long value) {
        assertTrue(refusal(() -> new PhysAddr(value)).contains("at most 52 bits: 0x"));
        assertFalse(refusal(() -> new PhysAddr(value)).contains("literal"));
    }

    @Test
    void physAddr_last_isTakenAndNoSumGoesBeyond() {
        PhysAddr last = new PhysAddr((1L << 52) - 1);
        assertEquals((1L << 40) - 1, last.pfn());
        assertThrows(IllegalArgumentException.class, () -> last.plus(1));
        assertThrows(IllegalArgumentException.class, () -> new PhysAddr(0).plus(-1));
        assertThrows(IllegalArgumentException.class, () -> PhysAddr.ofPfn(1L << 40));
        assertThrows(IllegalArgumentException.class, () -> PhysAddr.ofPfn(-1));
        assertThrows(IllegalArgumentException.class, () -> PhysAddr.ofPfn(1L << 52));
        assertEquals(last.plus(-4095), PhysAddr.ofPfn((1L << 40) - 1));
    }

    @Test
    void kernelAddress_intLiteral_isSaidWhereItIsUsed() {
        Soc soc = Soc.exynos4412();
        VirtAddr wide = new VirtAddr(0xc0000000);
        String why = soc.cpu().read(soc.kernel(), wide, 4).explain();
        assertTrue(why.contains("no such address on a 32-bit kernel"), why);
        assertTrue(why.contains("an int literal was sign-extended? write 0xc0000000L"), why);
        assertFalse(soc.cpu().read(soc.kernel(), new VirtAddr(0xc0800000L), 4).isFailed());
        assertTrue(refusal(() -> soc.kernel().physOfLinear(wide)).contains("write 0xc0000000L"));
        assertTrue(refusal(() -> soc.kernel().vunmap(wide)).contains("write 0xc0000000L"));
        String user =
                soc.cpu().read(soc.newProcess(), new VirtAddr(0xb0000000), 4).explain();
        assertTrue(user.contains("write 0xb0000000L"), user);
        String other = soc.cpu().read(soc.kernel(), new VirtAddr(1L << 40), 4).explain();
        assertFalse(other.contains("literal"), other);
    }

    @Test
    void dmaAddress_intLiteral_isSaidWhereADeviceUsesIt() {
        Soc soc = Soc.exynos4412();
        DmaAddr wide = new DmaAddr(0xa0000000);
        String behindIommu = refusal(() -> soc.device("fimc0").read(wide, 4));
        assertTrue(behindIommu.contains("write 0xa0000000L"), behindIommu);
        Outcome<Integer> direct = soc.device("sdhci2").tryWrite(wide, (byte) 1);
        assertTrue(direct.isFailed());
        assertTrue(direct.explain().contains("write 0xa0000000L"), direct.explain());
        assertTrue(direct.toString().startsWith("EIO"), direct.toString());
    }
}
