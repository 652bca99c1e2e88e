package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.cache.Replacement;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which translations an IO-TLB keeps, by its geometry. */
final class IoTlbTest {
    private static final long IOVA = 0x20000000L;
    private static final long PHYS = 0x60000000L;
    private static final long PAGE = 0x1000;

    /** Reads the pages of those numbers, {@code stride} bytes apart; those that missed. */
    private static List<Integer> missed(Translated machine, long stride, int... pages) {
        List<Integer> missed = new ArrayList<>();
        for (int page : pages) {
            long before = machine.misses();
            assertEquals(PHYS + page * stride, machine.read(IOVA + page * stride));
            if (machine.misses() > before) {
                missed.add(page);
            }
        }
        machine.iommu.unit().checkInvariants();
        return missed;
    }

    private static int[] upTo(int end) {
        int[] pages = new int[end];
        for (int i = 0; i < end; i++) {
            pages[i] = i;
        }
        return pages;
    }

    @Test
    void fullyAssociative_beyondCapacity_replacesTheLeastRecentlyUsed() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, 33 * PAGE - PAGE);
        machine.map(IOVA + 32 * PAGE, PHYS + 32 * PAGE, PAGE);
        Translated pages = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        for (int page : upTo(33)) {
            pages.map(IOVA + page * PAGE, PHYS + page * PAGE, PAGE);
        }
        assertEquals(32, missed(pages, PAGE, upTo(32)).size());
        assertEquals(List.of(), missed(pages, PAGE, 0));
        assertEquals(List.of(32), missed(pages, PAGE, 32));
        assertEquals(List.of(1), missed(pages, PAGE, 0, 1));
        assertEquals(3, missed(machine, PAGE, upTo(33)).size(), "two pages of 64 KiB and one of 4");
    }

    @Test
    void sysmmu2_ninePagesOfOneSet_replaceOnlyThere() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V2);
        long wholeTurn = 64 * PAGE;
        for (int page : upTo(9)) {
            machine.map(IOVA + page * wholeTurn, PHYS + page * wholeTurn, PAGE);
        }
        machine.map(IOVA + PAGE, PHYS + PAGE, PAGE);
        assertEquals(PHYS + PAGE, machine.read(IOVA + PAGE), "the next set");
        assertEquals(9, missed(machine, wholeTurn, upTo(9)).size());
        assertEquals(List.of(0), missed(machine, wholeTurn, 8, 7, 0));
        long before = machine.misses();
        assertEquals(PHYS + PAGE, machine.read(IOVA + PAGE));
        assertEquals(before, machine.misses());
    }

    @ParameterizedTest
    @CsvSource({"0x10000, 16, 16", "0x100000, 256, 64"})
    void sysmmu2_largePage_standsInEachSetThatAskedForIt(String size, int pages, int sets) {
        long bytes = Long.decode(size);
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V2);
        machine.map(IOVA, PHYS, bytes);
        assertEquals(sets, missed(machine, PAGE, upTo(pages)).size());
        assertEquals(List.of(), missed(machine, PAGE, upTo(pages)));
        assertEquals(sets, machine.iommu.tlb().entries().size());
        IotlbGather gather = machine.unmap(IOVA, bytes);
        assertEquals(sets, machine.iommu.tlb().staleEntries().size());
        gather.sync();
        assertEquals(0, machine.iommu.tlb().entries().size());
        assertEquals(sets, machine.commands, "a write for each set");
    }

    @Test
    void omap_takesLinesInTurn() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        for (int page : upTo(10)) {
            machine.map(IOVA + page * PAGE, PHYS + page * PAGE, PAGE);
        }
        assertEquals(8, missed(machine, PAGE, upTo(8)).size());
        assertEquals(List.of(8), missed(machine, PAGE, 0, 8), "use does not save a line");
        assertEquals(List.of(0, 1), missed(machine, PAGE, 0, 1, 2 + 1));
    }

    @Test
    void omap_lockedEntries_areReplacedByNoOther() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        for (int page : upTo(20)) {
            machine.map(IOVA + page * PAGE, PHYS + page * PAGE, PAGE);
        }
        assertEquals(List.of(0), missed(machine, PAGE, 0));
        assertEquals(IOVA, lock(machine, 0).iova().value());
        assertTrue(lock(machine, 1).locked());
        assertEquals(18, missed(machine, PAGE, upTo(20)).size());
        assertEquals(List.of(), missed(machine, PAGE, 0, 1));

        machine.domain.flushAll();
        assertEquals(2, machine.iommu.tlb().entries().size(), "GFLUSH leaves what is preserved");
        assertTrue(machine.iommu.tlb().entries().stream().noneMatch(IoTlbEntry::locked), "LOCK = 0");
        assertEquals(18, missed(machine, PAGE, upTo(20)).size());
        assertEquals(List.of(0, 1), missed(machine, PAGE, 0, 1), "LOCK = 0, others may take its place");
    }

    @Test
    void omap_lockedEntry_isInvalidatedByItsPage() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        machine.map(IOVA, PHYS, PAGE);
        assertTrue(lock(machine, 0).locked());
        machine.unmap(IOVA, PAGE).sync();
        assertEquals(Translated.STOPPED, machine.read(IOVA));
    }

    @Test
    void omap_allLocked_isBusyAndTranslatesByWalks() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        for (int page : upTo(9)) {
            machine.map(IOVA + page * PAGE, PHYS + page * PAGE, PAGE);
        }
        for (int page : upTo(8)) {
            assertTrue(lock(machine, page).locked());
        }
        assertEquals(
                "EBUSY (-16): mmu: every IO-TLB entry is locked [iova=0x20008000] [entries=8]",
                machine.iommu.lock(new DmaAddr(IOVA + 8 * PAGE)).toString());
        assertEquals(List.of(8, 8), missed(machine, PAGE, 8, 7, 8));
    }

    @Test
    void omap_samePageLockedAgain_takesOneMoreEntryEachTime() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        machine.map(IOVA, PHYS, PAGE);
        for (int time : upTo(8)) {
            assertTrue(lock(machine, 0).locked(), () -> "time " + time);
        }
        assertEquals(1, machine.iommu.tlb().entries().size(), "FLUSH_ENTRY drops the older ones");
        Errno errno = machine.iommu.lock(new DmaAddr(IOVA)).fold(entry -> Errno.EIO, reason -> reason.errno());
        assertEquals(Errno.EBUSY, errno);
        machine.domain.flushAll();
        assertTrue(lock(machine, 0).locked());
    }

    @Test
    void omap_detachWithALockedEntry_forgetsIt() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        machine.map(IOVA, PHYS, PAGE);
        assertTrue(lock(machine, 0).locked());
        machine.detach();
        assertEquals(List.of(), machine.iommu.tlb().entries());
    }

    @Test
    void lock_withoutAPageOrALock_isRefused() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP3_ISP);
        Errno errno = machine.iommu.lock(new DmaAddr(IOVA)).fold(entry -> Errno.EIO, reason -> reason.errno());
        assertEquals(Errno.EFAULT, errno);
        Translated other = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        assertThrows(IllegalArgumentException.class, () -> other.iommu.lock(new DmaAddr(IOVA)));
        machine.detach();
        assertThrows(IllegalArgumentException.class, () -> machine.iommu.lock(new DmaAddr(IOVA)));
    }

    private static IoTlbEntry lock(Translated machine, int page) {
        Outcome<IoTlbEntry> locked = machine.iommu.lock(new DmaAddr(IOVA + page * PAGE));
        return locked.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    @Test
    void tegra_aLineIsFourPages() {
        Translated machine = Translated.tegra(Era.V6_1, IoTlbGeometry.TEGRA30);
        machine.map(IOVA, PHYS, 17 * 4 * PAGE);
        assertEquals(16, missed(machine, PAGE, upTo(64)).size());
        assertEquals(List.of(), missed(machine, PAGE, upTo(64)));
        assertEquals(List.of(64), missed(machine, PAGE, 64, 65));
        assertEquals(List.of(0), missed(machine, PAGE, 0, 1, 2, 3), "the oldest of 16 lines");
    }

    @Test
    void none_walksForEachAccess() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.NONE);
        machine.map(IOVA, PHYS, PAGE);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(List.of(2, 2), machine.levelsRead);
        assertEquals(List.of(), machine.iommu.tlb().statistics());
        machine.unmap(IOVA, PAGE).sync();
        assertEquals(0, machine.commands);
    }

    @Test
    void detach_forgets() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, PAGE);
        assertEquals(List.of(0), missed(machine, PAGE, 0));
        machine.detach();
        assertEquals(0, machine.iommu.tlb().entries().size());
        assertEquals(IOVA, machine.read(IOVA), "untranslated");
        machine.unmap(IOVA, PAGE).sync();
        assertEquals(0, machine.commands, "nobody to tell");
    }

    @Test
    void attach_ofAnotherDomain_startsEmpty() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, PAGE);
        assertEquals(List.of(0), missed(machine, PAGE, 0));
        IommuDomain other = machine.anotherDomain();
        assertEquals(Errno.EBUSY, machine.attach(other).fold(attached -> Errno.EIO, reason -> reason.errno()));
        assertEquals(PHYS, machine.read(IOVA), "nothing changed");
        machine.detach();
        assertFalse(machine.attach(other).isFailed());
        assertEquals(Translated.STOPPED, machine.read(IOVA));
        assertEquals(0, machine.iommu.tlb().entries().size());
    }

    @Test
    void statistics_countByDevice() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        List<String> told = new ArrayList<>();
        machine.trace.add(new TraceSink() {
            @Override
            public void iotlbHit(BusMaster master, long iova) {
                told.add(master + " hit");
            }

            @Override
            public void iotlbMissed(BusMaster master, long iova) {
                told.add(master + " missed");
            }
        });
        BusMaster other = new BusMaster(2, "other");
        machine.map(IOVA, PHYS, PAGE);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(PHYS, machine.write(other, IOVA));
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(List.of("dev missed", "other hit", "dev hit"), told);
        assertEquals(
                "mmu, System MMU 1: 32 entries, fully associative; 1 page held; dev: 1 hit, 1 miss (50.0 % hits);"
                        + " other: 1 hit, 0 misses (100.0 % hits)",
                machine.iommu.tlb().toString());
        assertEquals(
                "0x20000000 4 KiB -> 0x60000000 RW",
                machine.iommu.tlb().entries().get(0).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "NOTHING, 0x100000, 0x1000, 0, 0",
        "EXYNOS_ENTRY, 0x100000, 0x100000, 1, 1",
        "EXYNOS_ENTRY, 0x100000, 0x1000, 256, 1",
        "EXYNOS_V2_SETS, 0x10000, 0x10000, 16, 1",
        "EXYNOS_V2_SETS, 0x200000, 0x100000, 128, 1",
        "OMAP_PAGE, 0x20000, 0x10000, 2, 0",
        "MSM_CONTEXT, 0x100000, 0x1000, 1, 1",
        "MSM_PAGE, 0x20000, 0x10000, 2, 32",
        "TEGRA_GROUP, 0x4000, 0x1000, 4, 1",
        "SMMU_PAGE, 0x4000, 0x1000, 5, 5",
        "SMMU_RANGE, 0x200000, 0x1000, 2, 2",
        "SMMU_RANGE, 0x1ff000, 0x1000, 3, 3",
        "SMMU_RANGE, 0x21000, 0x1000, 3, 3"
    })
    void invalidation_countsTheDriversCommands(InvalidationRule rule, String bytes, String page, int range, int table) {
        assertEquals(range, rule.ofRange(Long.decode(bytes), Long.decode(page)));
        assertEquals(table, rule.ofTable(Long.decode(bytes), true));
    }

    @Test
    void largePage_overAStaleSmallOne_takesItsLine() {
        Translated machine = Translated.exynos(Era.V6_1, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, PAGE);
        assertEquals(PHYS, machine.read(IOVA));
        IotlbGather never = machine.unmap(IOVA, PAGE);
        assertTrue(never.owed().isPresent());
        long elsewhere = PHYS + 0x100000;
        machine.map(IOVA, elsewhere, 16 * PAGE);
        assertEquals(PHYS, machine.read(IOVA), "stale");
        assertEquals(elsewhere + PAGE, machine.read(IOVA + PAGE));
        machine.iommu.unit().checkInvariants();
        assertEquals(1, machine.iommu.tlb().entries().size());
        assertEquals(elsewhere, machine.read(IOVA));
    }

    @Test
    void geometry_refusesWhatCannotBeBuilt() {
        assertMistake(() -> IoTlbGeometry.smmu(24, 4));
        assertMistake(() -> IoTlbGeometry.smmu(-1, 1));
        assertMistake(() -> IoTlbGeometry.smmu(8, 0));
        assertMistake(() -> IoTlbGeometry.OMAP.withTableWords(3, false));
        assertMistake(() -> shaped(2, Replacement.LRU));
        assertMistake(() -> shaped(1, Replacement.PSEUDO_RANDOM));
        assertEquals(
                "SMMU: 64 entries, 16 sets of 4 ways", IoTlbGeometry.smmu(64, 4).toString());
    }

    private static IoTlbGeometry shaped(int pagesPerLine, Replacement replacement) {
        return new IoTlbGeometry(
                "other", 8, 8, pagesPerLine, replacement, false, false, InvalidationRule.NOTHING, 0, false, "a test");
    }

    private static void assertMistake(Executable call) {
        assertThrows(IllegalArgumentException.class, call);
    }
}
