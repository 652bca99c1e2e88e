package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableVisitor;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.pagetable.WalkMemo;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the core asks of a table. */
final class IommuDomainTest {
    private static final DmaAddr IOVA = new DmaAddr(0x2000F000L);
    private static final PhysAddr PHYS = new PhysAddr(0x4000F000L);
    private static final long BYTES = 0x1000 + 0x20000 + 0x2000;

    private record Full(Errno errno) implements Reason {
        @Override
        public String message() {
            return "full";
        }

        @Override
        public String explain() {
            return "full";
        }
    }

    /** Writes down what it is asked, and enters pages up to an address. */
    private static final class Scribe implements PageTable {
        final List<String> calls = new ArrayList<>();
        long end = Long.MAX_VALUE;
        long removedAtMost = Long.MAX_VALUE;

        @Override
        public List<PageSize> pageSizes() {
            return List.of(PageSize.SMALL_4K, PageSize.LARGE_64K);
        }

        @Override
        public PhysAddr root() {
            return new PhysAddr(0);
        }

        @Override
        public AddrRange<DmaAddr> aperture() {
            return new AddrRange<>(new DmaAddr(0), 1L << 32);
        }

        @Override
        public long map(DmaAddr iova, PhysAddr phys, PageSize size, int count, IommuProt prot) {
            calls.add("map " + iova + " " + phys + " " + size + " x " + count + " " + prot);
            long fits = Math.max(0, end - iova.value()) >>> size.shift() << size.shift();
            return Math.min(count * size.bytes(), fits);
        }

        @Override
        public Reason refusal() {
            return new Full(Errno.EEXIST);
        }

        @Override
        public long unmap(DmaAddr iova, PageSize size, int count) {
            calls.add("unmap " + iova + " " + size + " x " + count);
            return Math.min(count * size.bytes(), removedAtMost);
        }

        @Override
        public Translation walk(DmaAddr iova, Access access, WalkMemo memo) {
            return new Translation.Fault(FaultKind.TRANSLATION, 1, root(), 0);
        }

        @Override
        public void visit(TableVisitor visitor) {}
    }

    private final Scribe scribe = new Scribe();

    private IommuDomain domain(Era era) {
        return new IommuDomain(0, scribe, era, TraceSink.NONE);
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                why -> why);
    }

    @Test
    void map_underLinux314_entersPageByPage() {
        assertEquals(new AddrRange<>(IOVA, BYTES), done(domain(Era.V3_14).map(IOVA, PHYS, BYTES)));
        assertEquals(
                List.of(
                        "map 0x2000f000 0x4000f000 4 KiB x 1 READ|WRITE",
                        "map 0x20010000 0x40010000 64 KiB x 1 READ|WRITE",
                        "map 0x20020000 0x40020000 64 KiB x 1 READ|WRITE",
                        "map 0x20030000 0x40030000 4 KiB x 1 READ|WRITE",
                        "map 0x20031000 0x40031000 4 KiB x 1 READ|WRITE"),
                scribe.calls);
    }

    @Test
    void map_underLinux61_entersRuns() {
        assertEquals(new AddrRange<>(IOVA, BYTES), done(domain(Era.V6_1).map(IOVA, PHYS, BYTES, IommuProt.READ)));
        assertEquals(
                List.of(
                        "map 0x2000f000 0x4000f000 4 KiB x 1 READ",
                        "map 0x20010000 0x40010000 64 KiB x 2 READ",
                        "map 0x20030000 0x40030000 4 KiB x 2 READ"),
                scribe.calls);
    }

    @ParameterizedTest
    @CsvSource({
        "V3_14, 0x20020000, 'unmap 0x2000f000 4 KiB x 1; unmap 0x20010000 64 KiB x 1'",
        "V6_1, 0x20020000, 'unmap 0x2000f000 4 KiB x 1; unmap 0x20010000 64 KiB x 1'",
        "V6_1, 0x20031000, 'unmap 0x2000f000 4 KiB x 1; unmap 0x20010000 64 KiB x 2; unmap 0x20030000 4 KiB x 1'",
        "V6_1, 0x2000f000, ''"
    })
    void map_refusedInTheMiddle_unmapsWhatWasEntered(Era era, String end, String undone) {
        scribe.end = Long.decode(end);
        assertEquals(Errno.EEXIST, reason(domain(era).map(IOVA, PHYS, BYTES)).errno());
        List<String> unmaps =
                scribe.calls.stream().filter(call -> call.startsWith("unmap")).toList();
        assertEquals(undone, String.join("; ", unmaps));
    }

    @ParameterizedTest
    @CsvSource({"0x800, 0, 0", "0, 0x10, 0", "0, 0, 0x1"})
    void map_misaligned_isRefusedAndNothingDone(String iova, String phys, String bytes) {
        Reason why = reason(domain(Era.V3_14)
                .map(IOVA.plus(Long.decode(iova)), PHYS.plus(Long.decode(phys)), BYTES + Long.decode(bytes)));
        assertEquals(Errno.EINVAL, why.errno());
        assertEquals(List.of(), scribe.calls);
    }

    @Test
    void map_beyondTheAperture_isRefusedAndNothingDone() {
        Reason why = reason(domain(Era.V6_1).map(new DmaAddr(0xFFFFF000L), PHYS, 0x2000));
        assertEquals("iova 0xfffff000 size 0x00002000 is outside the aperture", why.message());
        assertEquals(List.of(), scribe.calls);
        assertThrows(
                IllegalArgumentException.class,
                () -> domain(Era.V6_1).unmap(new AddrRange<>(new DmaAddr(0xFFFFF000L), 0x2000)));
    }

    @ParameterizedTest
    @CsvSource({"V3_14, 0xffffffea", "V6_1, 0x00000000"})
    void unmap_misaligned_returnsWhatTheErasCoreReturns(Era era, String returned) {
        IotlbGather gather = domain(era).unmap(new AddrRange<>(IOVA, 0x1800));
        assertEquals(returned, Addresses.hex(gather.unmappedBytes()));
        assertEquals(Errno.EINVAL, gather.refusal().orElseThrow().errno());
        assertEquals(List.of(), scribe.calls);
    }

    @Test
    void unmap_whereTheDriverCountsNothing_endsThere() {
        scribe.removedAtMost = 0;
        IotlbGather gather = domain(Era.V3_14).unmap(new AddrRange<>(IOVA, BYTES));
        assertEquals(0, gather.unmappedBytes());
        assertEquals(List.of("unmap 0x2000f000 4 KiB x 1"), scribe.calls);
    }

    @Test
    void unmap_whereTheDriverCountsLess_asksAgainFromThere() {
        scribe.removedAtMost = 0x1000;
        IotlbGather gather = domain(Era.V6_1).unmap(new AddrRange<>(new DmaAddr(0x20010000L), 0x20000));
        assertEquals(0x20000, gather.unmappedBytes());
        assertEquals("unmap 0x20010000 64 KiB x 2", scribe.calls.get(0));
        assertEquals("unmap 0x20011000 4 KiB x 15", scribe.calls.get(1));
        assertEquals(32, scribe.calls.size());
    }

    @Test
    void mapSg_mapsSegmentsThatTouchAsOne() {
        Scribe scribe = new Scribe();
        IommuDomain domain = new IommuDomain(0, scribe, Era.V6_1, TraceSink.NONE);
        DmaAddr iova = new DmaAddr(0x20000000L);
        Outcome<AddrRange<DmaAddr>> mapped = domain.mapSg(
                iova,
                List.of(
                        new AddrRange<>(new PhysAddr(0x40000000L), 0x8000),
                        new AddrRange<>(new PhysAddr(0x40008000L), 0x8000),
                        new AddrRange<>(new PhysAddr(0x50000000L), 0x1000)),
                IommuProt.READ_WRITE);
        assertEquals(new AddrRange<>(iova, 0x11000), IommuBench.done(mapped));
        assertEquals(
                List.of(
                        "map 0x20000000 0x40000000 64 KiB x 1 " + IommuProt.READ_WRITE,
                        "map 0x20010000 0x50000000 4 KiB x 1 " + IommuProt.READ_WRITE),
                scribe.calls);
    }

    @Test
    void mapSg_segmentThatIsRefused_undoesThoseBefore() {
        IommuBench bench = new IommuBench(Era.V6_1);
        IommuDevice fimc =
                bench.device("fimc0", IommuFwspec.Interface.only(bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU)));
        IommuDomain domain = bench.domain(fimc);
        List<AddrRange<PhysAddr>> odd = List.of(
                new AddrRange<>(new PhysAddr(0x40000000L), 0x2000), new AddrRange<>(new PhysAddr(0x50000000L), 0x800));
        DmaAddr iova = new DmaAddr(0x20000000L);
        assertEquals(Errno.EINVAL, IommuBench.errno(domain.mapSg(iova, odd, IommuProt.READ_WRITE)));
        assertEquals(0, domain.iovaToPhys(iova).value());
        assertThrows(IllegalArgumentException.class, () -> domain.mapSg(iova, List.of(), IommuProt.READ_WRITE));
        IommuDomain old = new IommuDomain(0, new Scribe(), Era.V3_14, TraceSink.NONE);
        assertThrows(IllegalArgumentException.class, () -> old.mapSg(iova, odd, IommuProt.READ_WRITE));
    }

    @Test
    void mapAndUnmap_withoutATable_nameTheCall() {
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.PASSTHROUGH);
        IommuDevice nic = bench.device("nic", bench.iommu("smmu", IommuModel.ARM_SMMU_V3), 1);
        IommuDomain identity = IommuBench.done(bench.core.allocDomain(nic, DomainType.IDENTITY));
        DmaAddr iova = new DmaAddr(0x20000000L);
        assertEquals(
                "iommu_map: " + Errno.EINVAL.text(),
                IommuBench.reason(identity.map(iova, PHYS, 0x1000)).message());
        assertEquals(
                "iommu_unmap: " + Errno.EINVAL.text(),
                identity.unmap(new AddrRange<>(iova, 0x1000))
                        .refusal()
                        .orElseThrow()
                        .message());
    }
}
