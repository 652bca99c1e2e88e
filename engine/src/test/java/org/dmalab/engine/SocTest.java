package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.gib;
import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.EventKind;
import org.dmalab.engine.trace.TraceRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SocTest {
    @Test
    void exynos4412_hasTheKernelsLayoutOfA1GibBoard() {
        Soc soc = Soc.exynos4412();
        assertEquals("[0xf0000000-0xfeffffff]", soc.kernel().vmallocWindow().toString());
        assertEquals(new VirtAddr(0xEF7FFFFFL), soc.kernel().linear(new PhysAddr(0x6F7FFFFFL)));
        assertEquals(66, soc.fragmentation().zones().get(1).freeBlocks().get(10), "264 MiB of HighMem");
        assertEquals(4, soc.device("fimc-is").port().iommus().size());
        assertEquals(0, soc.device("sdhci2").port().iommus().size());
        assertEquals(
                "11a20000.sysmmu", soc.device("fimc0").port().iommus().get(0).name());
    }

    @Test
    void device_thatTheBoardLacks_isNamedWithThoseItHas() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> Soc.exynos4412().device("fimc9"));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("board exynos4412 has no device fimc9; it has fimc-lite0, "), message);
    }

    @Test
    void displayDevices_shareOneWindow_andTheMapShowsBoth() {
        Soc soc = Soc.exynos4412();
        DmaBuffer screen = soc.device("fimd0").alloc(mib(4));
        DmaBuffer overlay = soc.device("mixer").alloc(mib(1));
        assertEquals(screen.dmaAddr().plus(mib(4)), overlay.dmaAddr());
        assertEquals(2, soc.device("g2d").iovaMap().entries().size());
        assertEquals(0, soc.device("fimc0").iovaMap().entries().size());
    }

    @Test
    void highmem_isTakenFrom3_14On() {
        PhysAddr before = firstPage(Era.V3_6);
        PhysAddr after = firstPage(Era.V3_14);
        assertTrue(before.value() < 0x6F800000L, before.toString());
        assertTrue(after.value() >= 0x6F800000L, after.toString());
    }

    private static PhysAddr firstPage(Era era) {
        Soc soc = Soc.of(Boards.exynos4412()).era(era).build();
        return soc.device("fimc0").alloc(mib(1)).pages().page(0);
    }

    @Test
    void eightMebibyteBuffers_runOutOfVmallocUnlessTheyHaveNoKernelMapping() {
        assertEquals(29, fill(Soc.exynos4412(), "mixer"));
        assertTrue(fill(Soc.exynos4412(), "mixer", DmaAttribute.NO_KERNEL_MAPPING) > 100);
    }

    private static int fill(Soc soc, String device, DmaAttribute... attributes) {
        int buffers = 0;
        while (!soc.device(device).tryAlloc(mib(8), attributes).isFailed()) {
            buffers++;
        }
        return buffers;
    }

    @Test
    void builder_refusesWhatNoBoardHas() {
        SocBuilder<Soc> builder = Soc.exynos4412().toBuilder();
        assertThrows(IllegalArgumentException.class, () -> builder.ram(mib(16)));
        assertThrows(IllegalArgumentException.class, () -> builder.ram(gib(4)));
        assertThrows(IllegalArgumentException.class, () -> builder.vmalloc(mib(5)));
        assertThrows(IllegalArgumentException.class, () -> builder.era(Era.V3_4));
        assertThrows(IllegalArgumentException.class, () -> builder.era(Era.V6_12));
        assertEquals(1, builder.ram(mib(512)).build().fragmentation().zones().size(), "no HighMem");
    }

    @Test
    void record_keepsTheKernelsEventsInOrder() {
        Soc soc = Soc.exynos4412();
        TraceRecorder recorder = soc.record(10_000);
        DmaDevice camera = soc.device("fimc0");
        camera.free(camera.alloc(kib(4)));
        List<EventKind> kinds =
                recorder.events().stream().map(event -> event.kind()).toList();
        assertTrue(kinds.indexOf(EventKind.IOVA_ALLOCATED) < kinds.indexOf(EventKind.IOMMU_MAPPED), kinds.toString());
        assertTrue(kinds.indexOf(EventKind.IOMMU_MAPPED) < kinds.indexOf(EventKind.DMA_ALLOCATED), kinds.toString());
        assertTrue(kinds.indexOf(EventKind.IOTLB_INVALIDATED) < kinds.indexOf(EventKind.IOVA_FREED), kinds.toString());
        assertEquals(EventKind.DMA_FREED, kinds.get(kinds.size() - 1));
    }

    @Test
    void deviceAccess_walksTheTableOncePerPage() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer buffer = camera.alloc(kib(4));
        TraceRecorder recorder = soc.record(10_000);
        for (int i = 0; i < 3; i++) {
            assertFalse(camera.tryRead(buffer.dmaAddr(), 64).isFailed());
        }
        assertEquals(
                List.of(
                        EventKind.IOTLB_MISSED,
                        EventKind.TABLE_WALKED,
                        EventKind.DEVICE_ACCESS,
                        EventKind.IOTLB_HIT,
                        EventKind.DEVICE_ACCESS,
                        EventKind.IOTLB_HIT,
                        EventKind.DEVICE_ACCESS),
                recorder.events().stream().map(event -> event.kind()).toList());
        assertEquals(
                "[fimc0: 2 hits, 1 miss (66.7 % hits)]",
                camera.port().iommus().get(0).tlb().statistics().toString());
    }

    /** A driver of both backends that does anything the API allows, in every era: at the end nothing may be left. */
    @ParameterizedTest
    @EnumSource(names = {"V3_6", "V3_14"})
    void randomDriver_leavesNothingBehind(Era era) {
        Soc soc = Soc.of(Boards.exynos4412()).era(era).ram(mib(128)).build();
        long freeAtBoot = soc.pages().freeBytes();
        List<Runnable> undo = new ArrayList<>();
        RandomOperations.run(SocTest.class, era.ordinal(), 1_500, (random, log) -> {
            DmaDevice device = soc.device(random.nextBoolean() ? "fimc0" : "sdhci2");
            DmaDevice importer = soc.device(random.nextBoolean() ? "mixer" : "sdhci2");
            if (undo.size() > 60 || (!undo.isEmpty() && random.nextInt(3) == 0)) {
                log.accept("undo");
                undo.remove(random.nextInt(undo.size())).run();
            } else if (random.nextInt(3) == 0) {
                log.accept("map a page for " + device);
                PhysAddr page = soc.allocPage();
                DmaMapping mapping = device.map(page.plus(100), 1 + random.nextInt(3000), DmaDirection.BIDIRECTIONAL);
                undo.add(() -> {
                    device.unmap(mapping);
                    soc.pages().free(page, 0);
                });
            } else {
                DmaAttribute[] attributes = random.nextBoolean()
                        ? new DmaAttribute[] {DmaAttribute.NO_KERNEL_MAPPING}
                        : new DmaAttribute[0];
                long bytes = 1 + random.nextLong(mib(5));
                log.accept("alloc " + bytes + " for " + device + " to " + importer);
                Outcome<DmaBuffer> buffer = device.tryAlloc(bytes, attributes);
                if (buffer instanceof Outcome.Done<DmaBuffer> done) {
                    undo.add(share(device, importer, done.value(), attributes));
                } else {
                    assertEquals(Errno.ENOMEM, buffer.<Errno>fold(got -> Errno.EIO, reason -> reason.errno()));
                }
            }
            soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
        });
        undo.forEach(Runnable::run);
        assertEquals(0, soc.liveMappings());
        assertEquals(0, soc.kernel().vmallocUsed());
        long tables = freeAtBoot - soc.pages().freeBytes();
        assertTrue(tables >= 0 && tables <= kib(256), "only second-level tables stay: " + tables);
    }

    private static Runnable share(DmaDevice device, DmaDevice importer, DmaBuffer buffer, DmaAttribute... attributes) {
        SgTable table = device.getSgtable(buffer, attributes);
        SgMapping mapping = importer.map(table, DmaDirection.TO_DEVICE);
        return () -> {
            importer.unmap(mapping);
            device.free(buffer, attributes);
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 4097, 65536, 1 << 20, (1 << 20) + 1})
    void alloc_isClearedAndPageAligned(long bytes) {
        Soc soc = Soc.exynos4412();
        for (String name : List.of("fimc0", "sdhci2")) {
            DmaDevice device = soc.device(name);
            DmaBuffer buffer = device.alloc(bytes);
            assertEquals((bytes + 4095) / 4096 * 4096, buffer.bytes());
            assertEquals(0, device.read(buffer.dmaAddr().plus(buffer.bytes() - 1), 1)[0]);
            assertTrue(device.tryRead(buffer.dmaAddr().plus(buffer.bytes()), 1).isFailed() || name.equals("sdhci2"));
        }
    }
}
