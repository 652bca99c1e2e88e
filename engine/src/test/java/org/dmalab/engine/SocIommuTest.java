package org.dmalab.engine;

import static org.dmalab.engine.base.DmaDirection.TO_DEVICE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.iommu.Attachment;
import org.dmalab.engine.iommu.DomainType;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iommu.IommuFault;
import org.dmalab.engine.pagetable.IommuProt;
import org.junit.jupiter.api.Test;

/** Boards with IOMMUs: who is behind which, and what happens when a device is moved. */
final class SocIommuTest {
    private static final AddrRange<DmaAddr> WINDOW = new AddrRange<>(new DmaAddr(0x10000000L), Bytes.mib(64));

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("must fail: " + value);
                },
                reason -> reason);
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(DmaFailure::new);
    }

    @Test
    void boards_bootAndTheirDevicesReachMemory() {
        List<Soc> all = List.of(
                Soc.exynos4210(),
                Soc.exynos4412(),
                Soc.omap4430(),
                Soc.msm8660(),
                Soc.tegra20(),
                Soc.tegra30(),
                Soc.imx6q(),
                Soc.rk3288());
        for (Soc soc : all) {
            for (DmaDevice device : soc.devices()) {
                DmaMapping mapping = device.map(soc.allocPage(), 4096, TO_DEVICE);
                assertEquals(4, device.read(mapping.dmaAddr(), 4).length, soc + " " + device);
            }
            assertEquals(0, soc.iommuFaults().count(), soc.toString());
        }
        assertEquals(
                List.of(12, 17, 2, 12, 1, 1, 0, 0),
                all.stream().map(soc -> soc.iommus().size()).toList());
    }

    @Test
    void msmPrices_sayWhoseTheyAre() {
        Soc soc = Soc.msm8660();
        assertTrue(soc.source().contains("Scorpion 1500 MHz by Cortex-A9 1500 MHz"), soc.source());
        assertEquals(soc.board().prices().entries().size(), soc.board().prices().assumed());
    }

    @Test
    void codec_reachesItsWindowThroughBothPorts() {
        Soc soc = Soc.exynos4412();
        DmaDevice mfc = soc.device("mfc");
        DmaBuffer frame = mfc.alloc(4096);
        mfc.via("right").write(frame.dmaAddr(), (byte) 7);
        assertArrayEquals(new byte[] {7}, mfc.via("left").read(frame.dmaAddr(), 1));
        assertEquals(1, soc.iommu("13630000.sysmmu").tlb().statistics().size());
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> mfc.via("middle"))
                .getMessage());
        assertEquals("interface must be one of left, right: middle", message);
    }

    @Test
    void rogueDma_faultsWithWhatWasThereBefore() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc1");
        DmaMapping mapping = camera.map(soc.allocPage(), 4096, TO_DEVICE);
        camera.unmap(mapping);
        IommuFault fault = assertInstanceOf(IommuFault.class, reason(camera.tryRead(mapping.dmaAddr(), 4)));
        assertTrue(fault.before().startsWith("unmapped "), fault.before());
        assertTrue(fault.before().endsWith(" ago, was fimc1 map TO_DEVICE, 4096 bytes at 0x20000000"), fault.before());
        assertTrue(fault.explain().contains("nothing is mapped there any more, unmapped "), fault.explain());
        assertTrue(fault.explain().contains("The kernel prints \"PAGE FAULT occurred at 0x20000000(Page table base: "));
        assertEquals(Aftermath.BUG, fault.report().aftermath());
        assertEquals(1, soc.iommuFaults().count());
        assertSame(fault, soc.iommuFaults().entries().get(0).fault());
        assertTrue(soc.device("fimc0").tryRead(mapping.dmaAddr(), 4).isFailed(), "its window is its own");
        assertEquals("", soc.iommuFaults().entries().get(1).fault().before(), "nothing of fimc0 was ever there");
    }

    @Test
    void faultAfterIommuUnmap_isToldByTheDomain() {
        Soc soc = Soc.omap4430();
        DmaDevice dsp = soc.device("dsp");
        IommuDomain domain = soc.allocIommuDomain(dsp);
        assertEquals(0, done(domain.attach(dsp.iommu())).returned());
        DmaAddr da = new DmaAddr(0x20000000L);
        assertEquals(
                Bytes.mib(1),
                done(domain.map(da, new PhysAddr(0x98000000L), Bytes.mib(1), IommuProt.NONE))
                        .bytes());
        assertEquals(4, dsp.read(da, 4).length);
        domain.unmap(new AddrRange<>(da, Bytes.mib(1))).sync();
        IommuFault fault = assertInstanceOf(IommuFault.class, reason(dsp.tryRead(da, 4)));
        assertTrue(fault.before().contains("was mapped by the IOMMU-API, 1048576 bytes at 0x20000000"), fault.before());
        assertEquals(Aftermath.DISABLED, fault.report().aftermath());
    }

    @Test
    void attach_putsADeviceBehindItsIommu_andDetachTakesItOut() {
        Soc soc = Soc.omap4430();
        DmaDevice dsp = soc.device("dsp");
        DmaIommuMapping mapping = soc.createMapping(dsp, WINDOW, 0);
        DmaMapping before = dsp.map(soc.allocPage(), 4096, TO_DEVICE);
        assertEquals(before.phys().value(), before.dmaAddr().value());
        Reason busy = reason(soc.tryAttach(dsp, mapping));
        assertEquals("arm_iommu_attach_device: " + Errno.EBUSY.text() + " [device=dsp] [alive=1]", busy.message());
        assertTrue(dsp.iommuDomain().isEmpty());
        assertTrue(mapping.domain().devices().isEmpty());
        assertTrue(dsp.toString().contains(" (bypass), window "), dsp.toString());
        dsp.unmap(before);

        assertEquals(0, soc.attach(dsp, mapping).returned());
        Reason refused = reason(dsp.tryMap(soc.allocPage(), 4096, TO_DEVICE));
        assertEquals(Errno.EINVAL, refused.errno(), "READ|WRITE is 16 MiB");
        assertTrue(refused.explain().contains("a page of 4 KiB was asked for"), refused.explain());
        assertTrue(refused.explain().contains("Map with IommuProt.NONE"), refused.explain());
        assertSame(mapping.domain(), dsp.iommuDomain().orElseThrow());
        assertEquals(WINDOW, dsp.window());
        assertEquals(Errno.EBUSY, reason(soc.tryAttach(dsp, mapping)).errno());
        assertSame(dsp.iommu(), soc.detach(dsp));
        assertEquals(Errno.EINVAL, reason(soc.tryDetach(dsp)).errno());
        DmaMapping after = dsp.map(soc.allocPage(), 4096, TO_DEVICE);
        assertEquals(after.phys().value(), after.dmaAddr().value());
        DmaDevice dss = soc.device("dss");
        assertEquals(Errno.ENODEV, reason(soc.tryCreateMapping(dss, WINDOW, 0)).errno());
    }

    @Test
    void attachAgain_onExynosReturns1_whichTheDmaApiTakesForAFailure() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        assertSame(camera.iommu(), soc.detach(camera));
        DmaIommuMapping mapping = soc.createMapping(camera, WINDOW, 0);
        assertEquals(0, soc.attach(camera, mapping).returned());
        Attachment again = soc.attach(camera, mapping);
        assertEquals(1, again.returned());
        DmaBuffer frame = camera.alloc(Bytes.mib(1));
        assertEquals(new DmaAddr(0x10000000L), frame.dmaAddr());
        assertEquals(1, camera.iovaMap().entries().size());
        DmaDevice rotator = soc.device("rotator");
        assertSame(rotator.iommu(), soc.detach(rotator));
        assertEquals(0, soc.attach(rotator, mapping).returned());
        assertEquals(1, rotator.iovaMap().entries().size(), "two devices, one window");
        assertArrayEquals(rotator.read(frame.dmaAddr(), 8), camera.read(frame.dmaAddr(), 8));
    }

    @Test
    void tegra30_displaysScanTheBootPictureUntilTheyAreTranslated() {
        Soc soc = Soc.tegra30();
        PhysAddr picture = new PhysAddr(0xBF800000L);
        assertTrue(soc.board().memory().reserved().stream()
                .anyMatch(region -> region.name().equals("framebuffer")
                        && region.range().start().equals(picture)));
        soc.ram().writeByte(picture, (byte) 42);
        DmaAddr scanned = new DmaAddr(picture.value());
        DmaDevice dc = soc.device("dc");
        assertEquals(42, dc.read(scanned, 1)[0]);
        soc.attach(dc, soc.createMapping(dc, WINDOW, 0));
        assertEquals(42, dc.read(scanned, 1)[0], "vacant words of Linux 3.14 are the identity");
        DmaMapping mapping = dc.map(soc.allocPage(), 4096, TO_DEVICE);
        assertEquals(WINDOW.start(), mapping.dmaAddr());
        assertTrue(soc.device("dcb").iommu().domain().isEmpty(), "another swgroup");
    }

    @Test
    void tegra20_translatesTheApertureForAll_andLetsTheRestPass() {
        Soc soc = Soc.tegra20();
        DmaDevice dc = soc.device("dc");
        DmaDevice gr2d = soc.device("gr2d");
        AddrRange<DmaAddr> aperture = new AddrRange<>(new DmaAddr(0x58000000L), Bytes.mib(32));
        DmaIommuMapping mapping = soc.createMapping(dc, aperture, 0);
        soc.attach(dc, mapping);
        DmaMapping page = dc.map(soc.allocPage(), 4096, TO_DEVICE);
        assertEquals(4, gr2d.read(page.dmaAddr(), 4).length, "a GART knows no devices");
        assertTrue(gr2d.tryRead(page.dmaAddr().plus(4096), 4).isFailed());
        assertEquals(4, gr2d.read(new DmaAddr(0x1000000L), 4).length);
    }

    @Test
    void names_thatTheBoardHasNot_areRefusedWithThoseItHas() {
        Soc soc = Soc.of(Boards.tegra30()).era(Era.V3_6).build();
        assertEquals(
                Errno.ENOMEM,
                reason(soc.tryAllocIommuDomain(soc.device("dc"), DomainType.IDENTITY))
                        .errno());
        assertTrue(soc.device("dc").iommuGroup().isEmpty());
        String unknown = String.valueOf(assertThrows(IllegalArgumentException.class, () -> soc.iommu("smmu9"))
                .getMessage());
        assertEquals("board tegra30 has no IOMMU smmu9; it has smmu", unknown);
    }

    @Test
    void failedAttach_ofTegra2014_isSaidToHaveSwitchedTranslationOff() {
        Soc soc = Soc.tegra30();
        DmaDevice gr3d = soc.device("gr3d");
        DmaIommuMapping mapping = soc.createMapping(gr3d, WINDOW, 0);
        soc.attach(gr3d, mapping);
        Reason busy = reason(soc.tryAttach(gr3d, mapping));
        assertEquals(Errno.EBUSY, busy.errno());
        assertTrue(busy.explain().contains("QUIRK of Linux 3.14"), busy.explain());
    }

    @Test
    void liveBuffer_isRefusedAfterTheDriversOwnAnswer_andOnDetach() {
        Soc soc = Soc.tegra30();
        DmaDevice gr3d = soc.device("gr3d");
        DmaIommuMapping mapping = soc.createMapping(gr3d, WINDOW, 0);
        soc.attach(gr3d, mapping);
        DmaBuffer buffer = gr3d.alloc(4096);
        Reason detach = reason(soc.tryDetach(gr3d));
        assertEquals(Errno.EBUSY, detach.errno());
        assertTrue(detach.explain().startsWith("gr3d has 1 buffer or mapping that would outlive"), detach.explain());
        assertTrue(reason(soc.tryAttach(gr3d, mapping)).explain().contains("QUIRK of Linux 3.14"));
        gr3d.free(buffer);
    }

    @Test
    void interfaceOfADeviceWithOne_isToldToHaveNoName() {
        DmaDevice camera = Soc.exynos4412().device("fimc0");
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> camera.via("left"))
                .getMessage());
        assertTrue(message.endsWith("the device has one way to memory, behind 11a20000.sysmmu"), message);
    }
}
