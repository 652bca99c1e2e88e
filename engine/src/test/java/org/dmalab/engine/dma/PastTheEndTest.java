package org.dmalab.engine.dma;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.Soc;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.IommuFault;
import org.junit.jupiter.api.Test;

/** What a device is told whose access is longer than what is mapped. */
final class PastTheEndTest {
    private final Soc soc = Soc.exynos4412();
    private final DmaDevice camera = soc.device("fimc0");

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                done -> {
                    throw new AssertionError("it was allowed: " + done);
                },
                failed -> failed);
    }

    @Test
    void access_longerThanItsBuffer_isSaidToGoPastItsEnd() {
        DmaBuffer buffer = camera.alloc(kib(8));
        PastTheEnd end = assertInstanceOf(
                PastTheEnd.class, reason(camera.tryRead(buffer.dmaAddr().plus(kib(4)), (int) kib(8))));
        assertEquals(buffer.dmaAddr().plus(kib(8)), end.end());
        String why = end.explain();
        assertTrue(why.contains("access of 8192 bytes from " + buffer.dmaAddr().plus(kib(4))), why);
        assertTrue(why.contains("goes past the end of fimc0's alloc [" + buffer.dmaAddr()), why);
        assertTrue(why.contains("which has 8192 bytes"), why);
        assertTrue(why.contains("at most 4096 bytes"), why);
        assertTrue(!why.contains("too early"), why);
        IommuFault fault = assertInstanceOf(IommuFault.class, end.fault());
        assertEquals(fault.message(), end.message(), "the hardware reports the same");
        assertEquals(fault.errno(), end.errno());
    }

    @Test
    void access_longerThanAStreamingMapping_namesItAndItsBytes() {
        PhysAddr page = soc.allocPage();
        DmaMapping mapping = camera.map(page, 100, DmaDirection.FROM_DEVICE);
        String why = reason(camera.tryWrite(mapping.dmaAddr(), new byte[5000])).explain();
        assertTrue(why.contains("map FROM_DEVICE"), why);
        assertTrue(why.contains("which has 100 bytes"), why);
    }

    @Test
    void access_whereNothingIsMapped_isStillAnEarlyUnmap() {
        DmaBuffer kept = camera.alloc(kib(64));
        DmaBuffer freed = camera.alloc(kib(64));
        DmaAddr behind = freed.dmaAddr();
        camera.free(freed);
        assertEquals(kept.dmaAddr().plus(kib(64)), behind, "it lay behind the one that is alive");
        Reason why = assertInstanceOf(IommuFault.class, reason(camera.tryRead(behind, 16)));
        assertTrue(why.explain().contains("too early"), why.explain());
    }

    @Test
    void access_pastTheEndOfRam_namesTheLastMapping() {
        PhysAddr last = new PhysAddr(0x40000000L + mib(1024) - kib(4));
        DmaDevice card = soc.device("sdhci2");
        DmaMapping mapping = card.map(last, kib(4), DmaDirection.TO_DEVICE);
        PastTheEnd end = assertInstanceOf(PastTheEnd.class, reason(card.tryRead(mapping.dmaAddr(), (int) kib(8))));
        assertInstanceOf(BusPort.BusError.class, end.fault());
    }
}
