package org.dmalab.engine.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.experiment.ExposureMeter;
import org.dmalab.engine.iommu.BusPort;
import org.dmalab.engine.iommu.DefaultTranslation;
import org.dmalab.engine.iommu.FaultLog;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuCore;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iommu.IommuFwspec;
import org.dmalab.engine.iommu.IommuModel;
import org.dmalab.engine.iommu.MappingHistory;
import org.dmalab.engine.iova.FlushQueue;
import org.dmalab.engine.iova.IovaRcache;
import org.dmalab.engine.iova.IovaWalk;
import org.dmalab.engine.iova.RbTreeIovaDomain;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.Tracepoints;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IommuDmaCookieTest {
    private static final long BASE = 0x40000000L;
    private static final long RAM = Bytes.mib(64);
    private static final PhysAddr FRAME = new PhysAddr(BASE + Bytes.mib(1));
    private static final long MASK_32 = 0xFFFF_FFFFL;
    private static final long MASK_48 = (1L << 48) - 1;
    private static final long TEN_MS = 10_000_000;

    private final Tracepoints trace = new Tracepoints();
    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(BASE), RAM)));
    private final CacheHierarchy caches =
            new CacheHierarchy(CacheConfig.of(Bytes.kib(32), 4, 64), CacheConfig.of(Bytes.mib(1), 16, 64), ram, trace);
    private final IovaRcache iovas = new IovaRcache(
            Era.V6_12,
            new RbTreeIovaDomain(
                    IovaWalk.V6_1, new AddrRange<>(new DmaAddr(0x1000), (1L << 48) - 0x1000), PageSize.SMALL_4K, trace),
            2);
    private final ExposureMeter exposure = new ExposureMeter(this::now);
    private @Nullable BusPort port;
    private long nanos;

    private long now() {
        return nanos;
    }

    private IommuDmaCookie cookie(DefaultTranslation translation) {
        PageAllocator pages = new PageAllocator(List.of(new PageAllocator.Zone(
                ZoneKind.NORMAL, new BuddyAllocator(new PhysAddr(BASE).pfn(), RAM >>> PageSize.PAGE_SHIFT, trace))));
        IommuCore core = new IommuCore(new IommuCore.Platform(
                Era.V6_12,
                translation,
                new TableMemory(ram, pages, new CacheMaintenance(caches), GroundTruth.NONE, trace),
                ram,
                pfn -> true,
                new FaultLog(this::now, MappingHistory.NONE),
                trace));
        Iommu smmu = core.iommu("9050000.iommu", new PhysAddr(0x9050000), IommuModel.ARM_SMMU_V3);
        IommuDevice nvme = core.device(
                new BusMaster(1, "nvme"),
                new IommuFwspec(List.of(new IommuFwspec.Interface("", smmu, List.of(8), 0))),
                List.of());
        assertEquals(1, core.probe(List.of(nvme)).orElseThrow(DmaFailure::new).size());
        port = new BusPort(nvme, ram, caches, false, GroundTruth.NONE, trace);
        return IommuDmaCookie.of(nvme.domain().orElseThrow(), iovas, 2, FlushQueue.Options.PER_CPU, this::now);
    }

    private long freeBytes() {
        return iovas.freeBytes() + iovas.cachedPages() * 4096;
    }

    private boolean writes(DmaAddr dma, byte... values) {
        return !Objects.requireNonNull(port).write(dma, values).isFailed();
    }

    private DmaAddr map(IommuDmaCookie cookie, long bytes, long mask, boolean pci) {
        return cookie.map(CpuId.BOOT, FRAME, bytes, IommuProt.READ_WRITE, mask, pci)
                .orElseThrow(DmaFailure::new);
    }

    @Test
    void unmap_strict_deviceFaultsAtOnce() {
        trace.add(exposure);
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        DmaAddr dma = map(cookie, 4096, MASK_32, false);
        assertTrue(writes(dma, (byte) 1));
        cookie.unmap(CpuId.BOOT, dma, 4096);
        assertFalse(writes(dma, (byte) 2));
        assertEquals(1, exposure.nanos().length);
        assertEquals(0, exposure.longestNanos());
        assertEquals(dma, map(cookie, 4096, MASK_32, false), "the address is free again");
    }

    @Test
    void unmap_lazy_deviceGoesOnUntilTheTimerFires() {
        trace.add(exposure);
        IommuDmaCookie cookie = cookie(DefaultTranslation.LAZY);
        DmaAddr dma = map(cookie, 4096, MASK_32, false);
        assertTrue(writes(dma, (byte) 1));
        cookie.unmap(CpuId.BOOT, dma, 4096);
        nanos = TEN_MS - 1;
        assertFalse(cookie.runTimer(CpuId.BOOT));
        assertTrue(writes(dma, (byte) 2), "the IO-TLB still knows it");
        assertEquals(1, exposure.stillOpen());
        assertFalse(dma.equals(map(cookie, 4096, MASK_32, false)), "nobody else gets the address");
        nanos = TEN_MS;
        assertTrue(cookie.runTimer(CpuId.BOOT));
        assertFalse(writes(dma, (byte) 3));
        assertEquals(TEN_MS, exposure.longestNanos());
        assertEquals(0, cookie.waiting());
    }

    @Test
    void unmap_lazyPageThatNoDeviceUsed_isGoneForTheDevice() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.LAZY);
        DmaAddr dma = map(cookie, 4096, MASK_32, false);
        cookie.unmap(CpuId.BOOT, dma, 4096);
        assertFalse(writes(dma, (byte) 2), "the walk finds nothing");
    }

    @Test
    void unmap_lazyMoreThanTheRingHolds_flushesOnce() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.LAZY);
        for (int i = 0; i < 256; i++) {
            cookie.unmap(CpuId.BOOT, map(cookie, 4096, MASK_32, false), 4096);
        }
        assertEquals(1, cookie.flushes());
        assertEquals(1, cookie.waiting());
    }

    @Test
    void map_offsetAndOddLength_takesWholePagesAndKeepsTheOffset() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        DmaAddr dma = cookie.map(CpuId.BOOT, FRAME.plus(0x0F00), 0x200, IommuProt.READ_WRITE, MASK_32, false)
                .orElseThrow(DmaFailure::new);
        assertEquals(0xF00, dma.value() & 0xFFF);
        assertTrue(writes(dma.plus(0x1FF), (byte) 1));
        cookie.unmap(CpuId.BOOT, dma, 0x200);
        assertFalse(writes(dma.plus(0x1FF), (byte) 1));
    }

    @Test
    void map_pciWithWideMask_staysBelow4GiBUntilThatIsFull() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        assertTrue(map(cookie, 4096, MASK_48, true).value() <= MASK_32);
        assertTrue(map(cookie, 4096, MASK_48, false).value() > MASK_32);
        Outcome<DmaAddr> low;
        do {
            low = iovas.alloc(CpuId.BOOT, Bytes.mib(32), new DmaAddr(MASK_32), false);
        } while (!low.isFailed());
        DmaAddr high = cookie.map(CpuId.BOOT, FRAME, Bytes.mib(32), IommuProt.READ_WRITE, MASK_48, true)
                .orElseThrow(DmaFailure::new);
        assertTrue(high.value() > MASK_32);
    }

    @Test
    void map_pciWithWideMask_emptiesNoMagazineForAnAddressBelow4GiB() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        CpuId other = new CpuId(1);
        DmaAddr kept = iovas.alloc(other, 4096, new DmaAddr(MASK_32), false).orElseThrow(DmaFailure::new);
        for (long bytes = Bytes.mib(32); bytes >= 4096; bytes >>= 1) {
            while (!iovas.alloc(CpuId.BOOT, bytes, new DmaAddr(MASK_32), false).isFailed()) {
                assertTrue(iovas.freeBytes() > 0);
            }
        }
        iovas.free(other, kept, 4096);
        assertEquals(1, iovas.cachedPages());
        assertTrue(map(cookie, 4096, MASK_48, true).value() > MASK_32);
        assertEquals(1, iovas.cachedPages());
        assertEquals(kept, map(cookie, 4096, MASK_32, true), "but for a device that reaches no further");
    }

    @Test
    void access_above4GiB_reachesMemoryAsFarAsTheSmmuTakesAddresses() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        DmaAddr dma = map(cookie, 4096, MASK_48, false);
        assertTrue(dma.value() > MASK_32);
        assertTrue(writes(dma, (byte) 7));
        assertEquals(7, ram.readByte(FRAME));
        assertThrows(IllegalArgumentException.class, () -> writes(new DmaAddr(1L << 48), (byte) 1));
        assertThrows(IllegalArgumentException.class, () -> writes(new DmaAddr(MASK_48), (byte) 1, (byte) 2));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void map_maskOf64Bits_endsAtTheWindow(boolean pci) {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        DmaAddr dma = map(cookie, 4096, -1L, pci);
        assertEquals(pci, dma.value() <= MASK_32, "PCI devices are tried below 4 GiB first");
        assertTrue(iovas.window().contains(dma), dma.toString());
        assertTrue(writes(dma, (byte) 1));
    }

    @Test
    void map_whatTheTableRefuses_givesTheAddressesBack() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        long before = freeBytes();
        Outcome<DmaAddr> refused =
                cookie.map(CpuId.BOOT, new PhysAddr(1L << 48), 4096, IommuProt.READ_WRITE, MASK_32, false);
        assertTrue(refused.isFailed());
        assertEquals(before, freeBytes());
    }

    @Test
    void of_domainOfAnotherType_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> cookie(DefaultTranslation.PASSTHROUGH));
    }

    @Test
    void mapAndUnmap_noBytes_areRefused() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        assertThrows(
                IllegalArgumentException.class,
                () -> cookie.map(CpuId.BOOT, FRAME, 0, IommuProt.READ_WRITE, MASK_32, false));
        assertThrows(IllegalArgumentException.class, () -> cookie.unmap(CpuId.BOOT, new DmaAddr(0x1000), 0));
    }

    @ParameterizedTest
    @EnumSource(names = {"STRICT", "LAZY"})
    void mapAndUnmap_onACpuThatIsNotOnline_changeNothing(DefaultTranslation translation) {
        IommuDmaCookie cookie = cookie(translation);
        DmaAddr dma = map(cookie, 4096, MASK_32, false);
        long free = freeBytes();
        CpuId none = new CpuId(7);
        assertThrows(IllegalArgumentException.class, () -> cookie.unmap(none, dma, 4096));
        assertThrows(
                IllegalArgumentException.class,
                () -> cookie.map(none, FRAME, 4096, IommuProt.READ_WRITE, MASK_32, false));
        assertTrue(writes(dma, (byte) 1), "still mapped");
        assertEquals(free, freeBytes());
        assertEquals(0, cookie.waiting());
    }

    @Test
    void unmap_rangeThatLeavesTheWindow_changesNothing() {
        IommuDmaCookie cookie = cookie(DefaultTranslation.STRICT);
        DmaAddr last = map(cookie, 4096, MASK_48, false);
        assertEquals(iovas.window().last(), last.value() + 4095);
        assertThrows(IllegalArgumentException.class, () -> cookie.unmap(CpuId.BOOT, last, 8192));
        assertInstanceOf(Translation.Mapped.class, cookie.domain().translate(last), "still mapped");
    }

    @Test
    void of_magazinesOfOtherCpus_isRefused() {
        IommuDomain domain = cookie(DefaultTranslation.STRICT).domain();
        assertThrows(
                IllegalArgumentException.class,
                () -> IommuDmaCookie.of(domain, iovas, 3, FlushQueue.Options.PER_CPU, this::now));
    }
}
