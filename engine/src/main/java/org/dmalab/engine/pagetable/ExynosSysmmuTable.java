package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * The table of a Samsung Exynos System MMU ({@code drivers/iommu/exynos-iommu.c}): the shape of ARM short descriptors (ARM
 * DDI 0406C B3.5.1) without supersections. Where addresses and protections stand is a matter of the {@link SysmmuVersion}.
 *
 * <pre>
 * first level   4096 words, 16 KiB, index IOVA[31:20]
 *   fault       [1:0] = 0 or 3
 *   table       second level, [1:0] = 1
 *   section     1 MiB of memory, [1:0] = 2
 * second level  256 words, 1 KiB, index IOVA[19:12]
 *   fault       [1:0] = 0
 *   large       64 KiB of memory, [1:0] = 1, in 16 equal words
 *   small       4 KiB of memory, [1:0] = 2 or 3
 * </pre>
 *
 * <p>Linux 3.14 writes no protections and the hardware checks none. It takes a section for a table when a small page is
 * entered into it, and a refused 64 KiB page clears the words of the mapping in its way. Linux 6.1 refuses both, checks
 * protections ({@code CFG_EAP}), and links empty first-level words to a shared table of zeros, as System MMU 3.3 keeps fault
 * words in its cache of first-level descriptors.
 */
public final class ExynosSysmmuTable extends SocTable {
    private static final String DRIVER = "exynos-iommu";
    private static final int TYPE_MASK = 3;
    private static final int L1_TABLE = 1;
    private static final int L1_SECTION = 2;
    private static final int L2_FAULT = 0;
    private static final int L2_LARGE = 1;
    private static final int L2_SMALL = 2;
    private static final int TABLE_SHIFT = 10;
    private static final int SMALL_SHIFT = PageSize.SMALL_4K.shift();
    private static final int LARGE_SHIFT = PageSize.LARGE_64K.shift();
    private static final int SECTION_SHIFT = PageSize.SECTION_1M.shift();

    /** The sizes the driver offers, smallest first. */
    public static final List<PageSize> PAGE_SIZES = List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M);

    private final ShortTableWords words;
    private final SysmmuVersion version;
    private final FlushOps flush;
    private final boolean modern;
    /** What an empty first-level word holds: 0, or the link to the table of zeros. */
    private final int empty;
    /** {@code lv2entcnt}: for each second-level table, how many of its words are fault words. */
    private final int[] freeEntries = new int[ShortTableWords.FIRST_LEVEL_ENTRIES];

    private ExynosSysmmuTable(ShortTableWords words, Era era, SysmmuVersion version, FlushOps flush, int empty) {
        super(PAGE_SIZES, version.addressBits());
        this.words = words;
        this.version = version;
        this.flush = flush;
        this.modern = era.atLeast(Era.V6_1);
        this.empty = empty;
    }

    /** An empty table of versions 1 to 3 that nobody walks yet; ENOMEM if there is no block of 16 KiB. */
    public static Outcome<ExynosSysmmuTable> create(TableMemory memory, Era era) {
        return create(memory, era, SysmmuVersion.V1_TO_V3, FlushOps.NONE);
    }

    /**
     * An empty table; ENOMEM if there is no block of 16 KiB.
     *
     * @throws IllegalArgumentException for version 5 before Linux 6.1: the driver of 3.14 knows versions 1 to 3
     */
    public static Outcome<ExynosSysmmuTable> create(
            TableMemory memory, Era era, SysmmuVersion version, FlushOps flush) {
        if (!era.atLeast(Era.V6_1)) {
            if (version == SysmmuVersion.V5) {
                throw new IllegalArgumentException(
                        "version must be V1_TO_V3 for the driver of " + era + ": " + version);
            }
            return ShortTableWords.create(memory)
                    .then(words -> Outcome.done(new ExynosSysmmuTable(words, era, version, flush, 0)));
        }
        return memory.zeroKilobyte()
                .then(zeros -> ShortTableWords.create(memory).then(words -> {
                    int link = version.stored(zeros.value()) | L1_TABLE;
                    words.write(words.root(), ShortTableWords.FIRST_LEVEL_ENTRIES, link);
                    return Outcome.done(new ExynosSysmmuTable(words, era, version, flush, link));
                }));
    }

    @Override
    public PhysAddr root() {
        return words.root();
    }

    /** The type of a first-level word as the driver sees it: a link to the table of zeros is a fault word. */
    private int firstType(int word) {
        return word == empty ? 0 : word & TYPE_MASK;
    }

    private long tableBase(int word) {
        return version.address(word, TABLE_SHIFT);
    }

    @Override
    boolean mapPage(long iova, long phys, int shift, int prot) {
        PhysAddr first = words.first(iova);
        int word = words.read(first);
        if (shift == SECTION_SHIFT) {
            return mapSection(iova, phys, prot, first, word);
        }
        switch (firstType(word)) {
            case L1_TABLE -> {
                return mapSecond(iova, phys, shift, prot, first, word);
            }
            case L1_SECTION -> {
                if (modern) {
                    return conflict(iova, shift, SECTION_SHIFT, first, word);
                }
                met(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE, iova, first, word);
                return mapSecond(iova, phys, shift, prot, first, word);
            }
            default -> {
                Outcome<PhysAddr> table = words.memory().allocKilobyte();
                if (!(table instanceof Outcome.Done<PhysAddr> fresh)) {
                    return refuse(((Outcome.Failed<PhysAddr>) table).reason());
                }
                int link = version.stored(fresh.value().value()) | L1_TABLE;
                words.write(first, 1, link);
                flushFirstLevel(iova);
                freeEntries[ShortTableWords.firstIndex(iova)] = ShortTableWords.SECOND_LEVEL_ENTRIES;
                return mapSecond(iova, phys, shift, prot, first, link);
            }
        }
    }

    private boolean mapSection(long iova, long phys, int prot, PhysAddr first, int word) {
        int index = ShortTableWords.firstIndex(iova);
        int type = firstType(word);
        if (type == L1_SECTION) {
            return conflict(iova, SECTION_SHIFT, SECTION_SHIFT, first, word);
        }
        if (type == L1_TABLE) {
            if (freeEntries[index] != ShortTableWords.SECOND_LEVEL_ENTRIES) {
                return conflict(iova, SECTION_SHIFT, SMALL_SHIFT, first, word);
            }
            words.memory().freeKilobyte(new PhysAddr(tableBase(word)));
            freeEntries[index] = 0;
        }
        int bits = modern ? version.sectionProt(prot) : 0;
        words.write(first, 1, version.stored(phys) | bits | L1_SECTION);
        flushFirstLevel(iova);
        return true;
    }

    /** Linux 6.1: a System MMU may keep the link to the table of zeros ({@code sysmmu_tlb_invalidate_flpdcache}). */
    private void flushFirstLevel(long iova) {
        if (modern) {
            flush.flushWalk(new DmaAddr(PageSize.SECTION_1M.alignDown(iova)), PageSize.SECTION_1M.bytes());
        }
    }

    private boolean mapSecond(long iova, long phys, int shift, int prot, PhysAddr first, int firstWord) {
        long table = tableBase(firstWord);
        if (!words.isRam(table)) {
            return refuse(new MapRefusal.WildWalk(
                    DRIVER, new DmaAddr(iova), first, Integer.toUnsignedLong(firstWord), new PhysAddr(table)));
        }
        PhysAddr second = ShortTableWords.second(table, iova);
        int slots = shift == LARGE_SHIFT ? ShortTableWords.COPIES : 1;
        int bits = modern ? version.pageProt(prot) : 0;
        int word = version.stored(phys) | bits | (slots > 1 ? L2_LARGE : L2_SMALL);
        for (int i = 0; i < slots; i++) {
            PhysAddr slot = new PhysAddr(second.value() + (long) i * ShortTableWords.WORD_BYTES);
            int found = words.read(slot);
            if ((found & TYPE_MASK) != L2_FAULT) {
                int held = (found & TYPE_MASK) == L2_LARGE ? LARGE_SHIFT : SMALL_SHIFT;
                boolean refused = conflict(iova, shift, held, slot, found);
                rollBack(iova, second, slot, i, found);
                return refused;
            }
            words.memory().write(slot, word);
        }
        words.memory().flush(second, (long) slots * ShortTableWords.WORD_BYTES);
        freeEntries[ShortTableWords.firstIndex(iova)] -= slots;
        return true;
    }

    /** Takes back the {@code written} words from {@code second} on, or what the era's driver took for them. */
    private void rollBack(long iova, PhysAddr second, PhysAddr inTheWay, int written, int found) {
        PhysAddr start = second;
        if (!modern && written > 0) {
            // Linux 3.14 cleared as many words from the one in the way on: its owner's mapping, not its own.
            met(DriverQuirk.Kind.ROLLBACK_OF_NEIGHBOUR, iova, inTheWay, found);
            start = inTheWay;
        }
        for (int i = 0; i < written; i++) {
            words.memory().write(start.plus((long) i * ShortTableWords.WORD_BYTES), L2_FAULT);
        }
    }

    private boolean conflict(long iova, int asked, int held, PhysAddr at, int word) {
        Reason reason = new MapRefusal.Conflict(
                DRIVER, new DmaAddr(iova), new PageSize(asked), new PageSize(held), at, Integer.toUnsignedLong(word));
        return refuse(reason);
    }

    /**
     * Removes one page. Second-level tables stay, even when they are empty. Where nothing is mapped the driver counts 4 KiB, or
     * up to 1 MiB if there is no second-level table.
     *
     * @throws KernelBug if it is a part of a page and the driver is that of Linux 3.14; later ones warn and remove nothing
     */
    @Override
    long unmapPage(long iova, int shift) {
        PhysAddr first = words.first(iova);
        int word = words.read(first);
        switch (firstType(word)) {
            case L1_SECTION -> {
                if (isPart(iova, shift, SECTION_SHIFT)) {
                    return 0;
                }
                words.write(first, 1, empty);
                return removed(iova, SECTION_SHIFT);
            }
            case L1_TABLE -> {
                long table = tableBase(word);
                if (!words.isRam(table)) {
                    throw KernelBug.wildWalk(DRIVER, new DmaAddr(iova), first, word, new PhysAddr(table));
                }
                return unmapSecond(iova, shift, ShortTableWords.second(table, iova));
            }
            default -> {
                return 1L << Math.min(shift, SECTION_SHIFT);
            }
        }
    }

    private long unmapSecond(long iova, int shift, PhysAddr second) {
        switch (words.read(second) & TYPE_MASK) {
            case L2_FAULT -> {
                return 1L << SMALL_SHIFT;
            }
            case L2_LARGE -> {
                if (isPart(iova, shift, LARGE_SHIFT)) {
                    return 0;
                }
                words.write(second, ShortTableWords.COPIES, L2_FAULT);
                freeEntries[ShortTableWords.firstIndex(iova)] += ShortTableWords.COPIES;
                return removed(iova, LARGE_SHIFT);
            }
            default -> {
                words.write(second, 1, L2_FAULT);
                freeEntries[ShortTableWords.firstIndex(iova)]++;
                return removed(iova, SMALL_SHIFT);
            }
        }
    }

    private long removed(long iova, int shift) {
        long bytes = 1L << shift;
        flush.addPage(new DmaAddr(iova), bytes);
        return bytes;
    }

    private boolean isPart(long iova, int asked, int held) {
        if (asked >= held) {
            return false;
        }
        if (!modern) {
            throw KernelBug.partialUnmap(DRIVER, new DmaAddr(iova), new PageSize(asked), new PageSize(held));
        }
        warn();
        return true;
    }

    @Override
    public Translation walk(DmaAddr iova, Access access, WalkMemo memo) {
        return walk(input(iova), access.isWrite(), modern, memo);
    }

    private Translation walk(long iova, boolean write, boolean checked, WalkMemo memo) {
        PhysAddr first = words.first(iova);
        int word = words.walkFirst(first, iova, memo);
        switch (word & TYPE_MASK) {
            case L1_TABLE -> {
                long table = tableBase(word);
                PhysAddr second = ShortTableWords.second(table, iova);
                return words.isRam(table)
                        ? walkSecond(iova, second, write, checked, memo)
                        : fault(FaultKind.EXTERNAL_ABORT, 2, second, 0);
            }
            case L1_SECTION -> {
                if (checked && !version.sectionAllows(word, write)) {
                    return fault(FaultKind.PERMISSION, 1, first, word);
                }
                return mapped(iova, version.address(word, SECTION_SHIFT), PageSize.SECTION_1M, 1, first, word);
            }
            default -> {
                return fault(FaultKind.TRANSLATION, 1, first, word);
            }
        }
    }

    private Translation walkSecond(long iova, PhysAddr second, boolean write, boolean checked, WalkMemo memo) {
        int word = words.walkSecond(second, iova, memo);
        int type = word & TYPE_MASK;
        if (type == L2_FAULT) {
            return fault(FaultKind.TRANSLATION, 2, second, word);
        }
        if (checked && !version.pageAllows(word, write)) {
            return fault(FaultKind.PERMISSION, 2, second, word);
        }
        PageSize size = type == L2_LARGE ? PageSize.LARGE_64K : PageSize.SMALL_4K;
        return mapped(iova, version.address(word, size.shift()), size, 2, second, word);
    }

    /** The driver reads the table as the hardware does, but asks no permission. */
    @Override
    public PhysAddr iovaToPhys(DmaAddr iova) {
        return walk(input(iova), false, false, WalkMemo.NONE)
                .fold(Translation.Mapped::address, fault -> new PhysAddr(0));
    }

    private long tableOf(int word) {
        return switch (firstType(word)) {
            case L1_TABLE -> tableBase(word);
            case L1_SECTION -> ShortTableWords.LEAF;
            default -> ShortTableWords.NOTHING;
        };
    }

    @Override
    public void visit(TableVisitor visitor) {
        words.visit(this::tableOf, visitor);
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        words.visitBlocks(this::tableOf, visitor);
        if (empty != 0) {
            visitor.block(2, new PhysAddr(tableBase(empty)), ShortTableWords.SECOND_LEVEL_BYTES);
        }
    }
}
