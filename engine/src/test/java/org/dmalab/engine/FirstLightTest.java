package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.gib;
import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.dmalab.engine.base.DmaAttribute.NO_KERNEL_MAPPING;
import static org.dmalab.engine.base.DmaAttribute.WRITE_COMBINE;
import static org.dmalab.engine.base.DmaDirection.FROM_DEVICE;
import static org.dmalab.engine.base.DmaDirection.TO_DEVICE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cpu.CookieDereference;
import org.dmalab.engine.cpu.CpuFault;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.PastTheEnd;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.iommu.IommuFault;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The seeds' scenario, walked through every layer of one machine. */
final class FirstLightTest {
    private final Soc soc = Soc.exynos4412();
    private final DmaDevice camera = soc.device("fimc0");
    private final DmaDevice mixer = soc.device("mixer");

    @Test
    void alloc_withoutKernelMapping_returnsACookieAndLeavesVmallocToTheArray() {
        DmaBuffer frame = camera.alloc(mib(8), NO_KERNEL_MAPPING);

        assertEquals(new DmaAddr(0x20000000L), frame.dmaAddr());
        assertEquals(mib(8), frame.bytes());
        assertEquals(kib(12), soc.kernel().vmallocUsed(), "8 KiB of page pointers and a guard page");
        assertEquals(new CookieDereference(frame.cpuAddr()), reason(soc.cpu().read(soc.kernel(), frame.cpuAddr(), 4)));
    }

    @Test
    void alloc_withKernelMapping_takesVmallocSpaceAndCanBeRead() {
        DmaBuffer frame = camera.alloc(mib(8));

        assertEquals(mib(8) + kib(4) + kib(12), soc.kernel().vmallocUsed());
        assertArrayEquals(new byte[16], done(soc.cpu().read(soc.kernel(), frame.cpuAddr(), 16)));
    }

    @Test
    void sharedBuffer_writtenByOneDevice_isReadByTheOtherAndByTheProcess() {
        DmaBuffer frame = camera.alloc(mib(8), NO_KERNEL_MAPPING);
        SgTable table = camera.getSgtable(frame, NO_KERNEL_MAPPING);
        SgMapping scanout = mixer.map(table, TO_DEVICE);
        UserMapping view = camera.mmap(frame, soc.newProcess(), NO_KERNEL_MAPPING);
        byte[] line = {1, 2, 3, 4, 5, 6, 7, 8};

        camera.write(frame.dmaAddr().plus(mib(5) - 4), line);

        assertEquals(1, scanout.nents(), "scattered pages become one range behind an IOMMU");
        assertArrayEquals(line, mixer.read(scanout.dmaAddr().plus(mib(5) - 4), 8));
        assertArrayEquals(line, view.read(mib(5) - 4, 8));
    }

    @Test
    void free_ofEverything_leavesTheMachineAsItWas() {
        long freeBefore = soc.pages().freeBytes();
        UserAddressSpace process = soc.newProcess();
        DmaBuffer frame = camera.alloc(mib(8), NO_KERNEL_MAPPING);
        DmaBuffer overlay = mixer.alloc(mib(3) + 5000, WRITE_COMBINE);
        SgMapping scanout = mixer.map(camera.getSgtable(frame, NO_KERNEL_MAPPING), TO_DEVICE);
        UserMapping view = camera.mmap(frame, process, NO_KERNEL_MAPPING);

        view.unmap();
        mixer.unmap(scanout);
        camera.free(frame, NO_KERNEL_MAPPING);
        mixer.free(overlay, WRITE_COMBINE);

        assertEquals(0, soc.liveMappings());
        assertEquals(0, soc.kernel().vmallocUsed());
        assertEquals(0, process.mappings().size());
        long tables = freeBefore - soc.pages().freeBytes();
        assertTrue(tables > 0 && tables <= kib(32), "only second-level tables stay: " + tables);
        soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
    }

    @Test
    void mmap_withoutTheAttributeOfAlloc_isENXIO() {
        DmaBuffer frame = camera.alloc(mib(8), NO_KERNEL_MAPPING);

        assertEquals(
                Errno.ENXIO, reason(camera.tryMmap(frame, soc.newProcess())).errno());
        assertEquals(Errno.ENXIO, reason(camera.tryFree(frame)).errno());
        camera.free(frame, NO_KERNEL_MAPPING);
        assertTrue(reason(camera.tryFree(frame, NO_KERNEL_MAPPING)).explain().contains("freed before"));
    }

    @Test
    void free_twiceWithoutAnIommu_isENXIO() {
        DmaDevice direct = soc.device("sdhci2");
        DmaBuffer buffer = direct.alloc(kib(12));
        direct.free(buffer);
        assertEquals(Errno.ENXIO, reason(direct.tryFree(buffer)).errno());
    }

    @Test
    void freeOfAStaleBuffer_leavesTheNextOwnerAlone() {
        for (DmaDevice device : new DmaDevice[] {camera, soc.device("sdhci2")}) {
            DmaBuffer first = device.alloc(kib(64));
            device.free(first);
            DmaBuffer second = device.alloc(kib(64));
            assertEquals(first.dmaAddr(), second.dmaAddr());

            assertEquals(Errno.ENXIO, reason(device.tryFree(first)).errno());
            assertEquals(Errno.ENXIO, reason(device.tryGetSgtable(first)).errno());
            assertEquals(
                    Errno.ENXIO, reason(device.tryMmap(first, soc.newProcess())).errno());

            assertEquals(0, device.read(second.dmaAddr(), 1)[0]);
            device.free(second);
        }
    }

    @Test
    void unmap_twice_isRefusedAndLeavesTheNeighbourAlone() {
        PhysAddr page = soc.allocPage();
        DmaMapping mapping = mixer.map(page, 4096, FROM_DEVICE);
        mixer.unmap(mapping);
        DmaMapping other = soc.device("fimd0").map(page, 4096, FROM_DEVICE);
        assertEquals(mapping.dmaAddr(), other.dmaAddr(), "they share a window");

        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> mixer.unmap(mapping))
                .getMessage());

        assertTrue(
                message.startsWith("DMA-API: mixer: device driver tries to free DMA memory it has not allocated"),
                message);
        assertEquals(0, soc.device("fimd0").read(other.dmaAddr(), 1)[0]);
        assertThrows(IllegalArgumentException.class, () -> mixer.syncForCpu(mapping));
    }

    @Test
    void syncOfAScatterList_makesEveryEntryFresh() {
        PhysAddr first = soc.allocPage();
        PhysAddr between = soc.allocPage();
        PhysAddr second = soc.allocPage();
        assertEquals(2, Math.abs(second.pfn() - first.pfn()), "not neighbours: " + between);
        SgTable table = SgTable.fromPages(new long[] {first.pfn(), second.pfn()}, 0, 8192);
        SgMapping mapping = mixer.map(table, FROM_DEVICE);
        VirtAddr linear = soc.kernel().linear(second);
        assertEquals(0, done(soc.cpu().read(soc.kernel(), linear, 1))[0]);
        mixer.write(mapping.dmaAddr().plus(4096), filled(32, 3));
        assertEquals(0, done(soc.cpu().read(soc.kernel(), linear, 1))[0], "stale");

        mixer.syncForCpu(mapping);

        assertEquals(3, done(soc.cpu().read(soc.kernel(), linear, 1))[0]);
    }

    @Test
    void userMapping_endsWhereItEnds() {
        UserAddressSpace process = soc.newProcess();
        UserMapping below = camera.mmap(camera.alloc(kib(4)), process);
        UserMapping above = camera.mmap(camera.alloc(kib(4)), process);
        assertThrows(IllegalArgumentException.class, () -> above.read(4096, 1));
        assertThrows(IllegalArgumentException.class, () -> below.tryRead(-1, 1));
    }

    @Test
    void hugeOrNegativeAccess_isAFaultOrASentence() {
        DmaBuffer frame = camera.alloc(kib(4));
        PastTheEnd end = assertInstanceOf(PastTheEnd.class, reason(camera.tryRead(frame.dmaAddr(), Integer.MAX_VALUE)));
        assertInstanceOf(IommuFault.class, end.fault());
        assertThrows(IllegalArgumentException.class, () -> soc.cpu().read(soc.kernel(), frame.cpuAddr(), -1));
    }

    @Test
    void cpuLoad_longerThanItsMapping_faultsWhereItEndsAndLoadsNothing() {
        DmaBuffer frame = camera.alloc(kib(8));
        String before = soc.fingerprint();
        Reason kernel = reason(soc.cpu().read(soc.kernel(), frame.cpuAddr(), Integer.MAX_VALUE));
        assertTrue(kernel.explain().contains(frame.cpuAddr().plus(kib(8)).toString()), kernel.explain());
        assertTrue(kernel.explain().contains("make it shorter"), kernel.explain());
        VirtAddr lowmem = soc.kernel().linear(soc.allocPage());
        assertInstanceOf(CpuFault.class, reason(soc.cpu().read(soc.kernel(), lowmem, Integer.MAX_VALUE)));
        UserMapping view = camera.mmap(frame, soc.newProcess());
        Reason user = reason(soc.cpu().read(view.process(), view.range().start(), Integer.MAX_VALUE));
        assertTrue(user.explain().contains("mmap the memory first"), user.explain());
        assertInstanceOf(CpuFault.class, reason(soc.cpu().read(soc.kernel(), new VirtAddr(-4L), 8)));
        assertNotEquals(before, soc.fingerprint(), "the page and the mapping");
        String after = soc.fingerprint();
        assertTrue(soc.cpu()
                .read(soc.kernel(), frame.cpuAddr().plus(kib(8) - 4), 8)
                .isFailed());
        assertEquals(after, soc.fingerprint());
    }

    @Test
    void deviceAccess_overTheEndOfTheBus_isRefusedByName() {
        for (long start : new long[] {0xFFFFFFFCL, 0x1_0000_0000L, -4L}) {
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, () -> camera.tryRead(new DmaAddr(start), 8))
                            .getMessage());
            assertTrue(message.startsWith("start and bytes must stay below 4 GiB"), message);
            assertTrue(soc.device("sdhci2").tryRead(new DmaAddr(start), 8).isFailed(), "a bus error");
        }
        assertInstanceOf(IommuFault.class, reason(camera.tryRead(new DmaAddr(0xFFFFFFFCL), 4)));
    }

    @Test
    void callOnAMapping_thatIsGoneOrAnothers_saysWhichCallAndWhose() {
        DmaMapping mapping = camera.map(soc.allocPage(), 4096, FROM_DEVICE);
        String others = String.valueOf(assertThrows(IllegalArgumentException.class, () -> mixer.unmap(mapping))
                .getMessage());
        assertTrue(others.contains("fimc0's, not mixer's"), others);
        assertTrue(others.contains("fimc0.unmap(mapping)"), others);
        camera.unmap(mapping);
        String gone = String.valueOf(assertThrows(IllegalArgumentException.class, () -> camera.syncForCpu(mapping))
                .getMessage());
        assertTrue(gone.contains("tries to sync DMA memory"), gone);
        assertTrue(gone.contains("syncForCpu was given a mapping that was unmapped before"), gone);
    }

    @Test
    void iovaMap_agreesWithTheAllocatorAboutWhatIsFree() {
        for (int i = 0; i < 2048; i++) {
            assertEquals(4096, camera.map(soc.allocPage(), 4096, FROM_DEVICE).bytes());
        }
        assertEquals(
                Errno.ENOMEM,
                reason(camera.tryMap(soc.allocPage(), 4096, FROM_DEVICE)).errno());
        assertEquals(0, camera.iovaMap().freeBytes(), "granules of 64 KiB");
    }

    @Test
    @SuppressWarnings("NullAway") // as a cell may
    void map_withoutADirection_isRefusedAndChangesNothing() {
        PhysAddr page = soc.allocPage();
        SgTable table = camera.getSgtable(camera.alloc(kib(4)));
        String before = soc.fingerprint().toString();
        for (Executable call : List.<Executable>of(
                () -> camera.map(page, 4096, (DmaDirection) null),
                () -> mixer.map(table, (DmaDirection) null),
                () -> soc.device("sdhci2").map(page, 4096, (DmaDirection) null))) {
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, call).getMessage());
            assertTrue(message.startsWith("direction must be one of [BIDIRECTIONAL, "), message);
        }
        assertEquals(before, soc.fingerprint().toString());
    }

    @Test
    void map_ofWhatIsNoRam_isRefused() {
        SgTable beyond = new SgTable(List.of(new ScatterList(new PhysAddr(0x1_5000_0000L), 0, 4096)));
        assertThrows(IllegalArgumentException.class, () -> camera.map(beyond, TO_DEVICE));
        assertThrows(IllegalArgumentException.class, () -> camera.map(new PhysAddr(0x10000000L), 4096, TO_DEVICE));
        assertThrows(IllegalArgumentException.class, () -> camera.map(soc.allocPage(), Long.MAX_VALUE, TO_DEVICE));
        assertEquals(0, soc.liveMappings());
    }

    @Test
    void buffer_ofAnotherDevice_isRefusedWithTheWayToShareIt() {
        DmaBuffer frame = camera.alloc(kib(4));
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> mixer.free(frame))
                .getMessage());
        assertTrue(message.contains("mixer.map(fimc0.getSgtable(buffer), direction)"), message);
    }

    @Test
    void deviceAccess_afterFree_faultsWithTheDescriptor() {
        DmaBuffer frame = camera.alloc(kib(64), NO_KERNEL_MAPPING);
        DmaAddr dma = frame.dmaAddr();
        camera.free(frame, NO_KERNEL_MAPPING);

        IommuFault fault = assertInstanceOf(IommuFault.class, reason(camera.tryWrite(dma.plus(0x1004), (byte) 1)));

        assertEquals(dma.plus(0x1004), fault.iova());
        assertEquals(2, fault.level());
        assertEquals(0, fault.descriptor());
        assertEquals(0, soc.ram().readWord(fault.descriptorAddress()));
        assertEquals(
                1,
                assertInstanceOf(IommuFault.class, reason(camera.tryRead(new DmaAddr(0), 4)))
                        .level());
    }

    @Test
    void forgottenSync_readsStaleBytes_andTheSyncReadsFreshOnes() {
        PhysAddr page = soc.allocPage();
        VirtAddr linear = soc.kernel().linear(page);
        assertEquals(64, done(soc.cpu().write(soc.kernel(), linear, filled(64, 0x55))));
        DmaMapping mapping = camera.map(page, 4096, FROM_DEVICE);
        assertArrayEquals(
                filled(64, 0), done(soc.cpu().read(soc.kernel(), linear, 64)), "invalidated, not written back");

        camera.write(mapping.dmaAddr(), filled(64, 0xAA));

        assertArrayEquals(filled(64, 0), done(soc.cpu().read(soc.kernel(), linear, 64)), "stale");
        camera.syncForCpu(mapping);
        assertArrayEquals(filled(64, 0xAA), done(soc.cpu().read(soc.kernel(), linear, 64)), "fresh");
    }

    @Test
    void run_repeated_hasTheSameFingerprintWhateverThePrices() {
        String first = scenario(Soc.exynos4412());
        assertEquals(first, scenario(Soc.exynos4412()));
        assertEquals(
                first,
                scenario(Soc.of(Boards.exynos4412()).prices(CostModel.ZERO).build()));
    }

    @Test
    void alloc_ofNothing_isRefusedInOneSentence() {
        assertEquals(
                "bytes must be positive: 0",
                assertThrows(IllegalArgumentException.class, () -> camera.alloc(0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> camera.alloc(-4096));
        assertThrows(IllegalArgumentException.class, () -> camera.alloc(gib(4)), "size_t has 32 bits");
        assertThrows(IllegalArgumentException.class, () -> camera.alloc(Long.MAX_VALUE));
    }

    @Test
    void alloc_beyondRam_isENOMEMWithAReasonAndLeavesNothingBehind() {
        long before = soc.pages().freeBytes();
        for (long bytes : new long[] {gib(2), gib(4) - 1}) {
            DmaFailure failure =
                    assertThrows(DmaFailure.class, () -> camera.alloc(bytes, NO_KERNEL_MAPPING), () -> "" + bytes);
            assertEquals(Errno.ENOMEM, failure.reason().errno());
            assertEquals(
                    Errno.ENOMEM, reason(soc.device("sdhci2").tryAlloc(bytes)).errno());
        }
        assertEquals(before, soc.pages().freeBytes());
        assertEquals(0, soc.kernel().vmallocUsed());
    }

    private static String scenario(Soc soc) {
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer frame = camera.alloc(mib(8), NO_KERNEL_MAPPING);
        camera.write(frame.dmaAddr(), filled(4096, 7));
        UserMapping view = camera.mmap(frame, soc.newProcess(), NO_KERNEL_MAPPING);
        assertEquals(7, view.read(100, 1)[0]);
        camera.free(frame, NO_KERNEL_MAPPING);
        return soc.fingerprint();
    }

    private static byte[] filled(int bytes, int value) {
        byte[] array = new byte[bytes];
        Arrays.fill(array, (byte) value);
        return array;
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }
}
