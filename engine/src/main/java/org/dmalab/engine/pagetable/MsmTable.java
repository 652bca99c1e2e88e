package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * The table of the Qualcomm MSM IOMMU of MSM8660, 8960 and APQ8064 as Linux 3.14 wrote it ({@code
 * drivers/iommu/msm_iommu.c}): ARM short descriptors (ARM DDI 0406C B3.5.1) with TEX remap. Later kernels write it with
 * io-pgtable-arm-v7s.
 *
 * <pre>
 * first level   4096 words, 16 KiB, index VA[31:20]
 *   fault         [1:0] = 0 or 3
 *   table         [31:10] second level, [1:0] = 1
 *   section       [31:20] 1 MiB, [18] = 0, [1:0] = 2
 *   supersection  [31:24] 16 MiB, [18] = 1, [1:0] = 2, in 16 equal words
 *   attributes    [17] nG, [16] S, [15] and [11:10] AP, [12] TEX0, [3] C, [2] B
 * second level  256 words, 1 KiB in a page of its own, index VA[19:12]
 *   fault         [1:0] = 0
 *   large         [31:16] 64 KiB, [1:0] = 1, in 16 equal words
 *   small         [31:12] 4 KiB, [1] = 1
 *   attributes    [11] nG, [10] S, [9] and [5:4] AP, [6] TEX0, [3] C, [2] B
 * </pre>
 *
 * <p>The driver grants every access and takes the protection's bits 1:0 for a cache policy (0 non-cached, 1 write-back
 * write-allocate, 2 write-back, 3 write-through), so {@code READ | WRITE} is write-through. It looks for no overlap: blocks
 * replace tables, which leak, and a small page in a block is written into the block's memory. Unmapping clears the slots of
 * the size it was asked for, whatever stands in them. Each call that reaches the table flushes the whole TLB.
 */
public final class MsmTable extends SocTable {
    private static final String DRIVER = "msm_iommu";
    private static final int TYPE_MASK = 3;
    private static final int L1_TABLE = 1;
    private static final int BLOCK = 2;
    private static final int SUPER_BIT = 1 << 18;
    private static final int L2_LARGE = 1;
    private static final int L2_SMALL = 2;
    private static final int TABLE_BASE = 0xFFFFFC00;
    /** nG, S, AP = 3. */
    private static final int BLOCK_COMMON = 1 << 17 | 1 << 16 | 3 << 10 | BLOCK;

    private static final int PAGE_COMMON = 1 << 11 | 1 << 10 | 3 << 4;

    /** {@code PRRR} of ARM Linux ({@code arch/arm/mm/proc-v7-2level.S}). */
    public static final int LINUX_PRRR = 0xFF0A81A8;
    /** {@code NMRR} of ARM Linux. */
    public static final int LINUX_NMRR = 0x40E040E0;

    private static final int TEX_CLASSES = 8;
    private static final int NORMAL = 2;
    /** Per policy, its code in {@code NMRR}: non-cached, write-back write-allocate, write-back, write-through. */
    private static final int[] CODE_OF_POLICY = {0, 1, 3, 2};

    /** The sizes the driver offers, smallest first. */
    public static final List<PageSize> PAGE_SIZES =
            List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M, PageSize.SUPERSECTION_16M);

    private final ShortTableWords words;
    private final FlushOps flush;
    /** Per policy, the class of the TEX remap registers that means it; -1 for none. */
    private final int[] texClass = new int[CODE_OF_POLICY.length];

    private MsmTable(ShortTableWords words, FlushOps flush, int prrr, int nmrr) {
        super(PAGE_SIZES, 32);
        this.words = words;
        this.flush = flush;
        for (int policy = 0; policy < texClass.length; policy++) {
            texClass[policy] = texClass(prrr, nmrr, CODE_OF_POLICY[policy]);
        }
    }

    /** An empty table under ARM Linux's TEX remap; ENOMEM if there is no block of 16 KiB. */
    public static Outcome<MsmTable> create(TableMemory memory, Era era, FlushOps flush) {
        return create(memory, era, flush, LINUX_PRRR, LINUX_NMRR);
    }

    /**
     * An empty table; ENOMEM if there is no block of 16 KiB.
     *
     * @param prrr the CPU's primary region remap register, which the driver copies
     * @param nmrr the CPU's normal memory remap register
     * @throws IllegalArgumentException from Linux 6.1 on, whose driver writes no table of its own
     */
    public static Outcome<MsmTable> create(TableMemory memory, Era era, FlushOps flush, int prrr, int nmrr) {
        if (era.atLeast(Era.V6_1)) {
            throw new IllegalArgumentException(
                    "era must be before Linux 6.1, whose msm_iommu uses io-pgtable-arm-v7s: " + era);
        }
        return ShortTableWords.create(memory).then(words -> Outcome.done(new MsmTable(words, flush, prrr, nmrr)));
    }

    /** The first class of normal, not outer-shareable memory whose inner and outer policy are {@code code}. */
    private static int texClass(int prrr, int nmrr, int code) {
        for (int i = 0; i < TEX_CLASSES; i++) {
            boolean notOuterShareable = ((prrr >>> (24 + i)) & 1) != 0;
            if (((prrr >>> (2 * i)) & 3) == NORMAL
                    && notOuterShareable
                    && ((nmrr >>> (2 * i)) & 3) == code
                    && ((nmrr >>> (2 * i + 16)) & 3) == code) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public PhysAddr root() {
        return words.root();
    }

    @Override
    boolean mapPage(long iova, long phys, int shift, int prot) {
        int tex = texClass[prot & 3];
        if (tex < 0) {
            return refuse(new MapRefusal.BadArgument(
                    DRIVER,
                    new DmaAddr(iova),
                    new PhysAddr(phys),
                    Errno.EINVAL,
                    "the TEX remap registers have no class for cache policy " + (prot & 3)));
        }
        int bufferable = (tex & 1) << 2;
        int cacheable = (tex & 2) << 2;
        PhysAddr first = words.first(iova);
        if (shift >= PageSize.SECTION_1M.shift()) {
            boolean wide = shift == PageSize.SUPERSECTION_16M.shift();
            int slots = wide ? ShortTableWords.COPIES : 1;
            lookForOverwrite(iova, first, slots);
            int attributes = BLOCK_COMMON | bufferable | cacheable | (tex & 4) << 10 | (wide ? SUPER_BIT : 0);
            words.write(first, slots, (int) phys | attributes);
        } else if (!mapSecond(iova, phys, shift, PAGE_COMMON | bufferable | cacheable | (tex & 4) << 4, first)) {
            return false;
        }
        flush.flushAll();
        return true;
    }

    private void lookForOverwrite(long iova, PhysAddr first, int slots) {
        for (int i = 0; i < slots; i++) {
            PhysAddr at = new PhysAddr(first.value() + (long) i * ShortTableWords.WORD_BYTES);
            int word = words.read(at);
            if ((word & TYPE_MASK) == L1_TABLE) {
                met(DriverQuirk.Kind.TABLE_LEAKED, iova, at, word);
            } else if (word != 0) {
                met(DriverQuirk.Kind.OVERWRITTEN, iova, at, word);
            }
        }
    }

    private boolean mapSecond(long iova, long phys, int shift, int attributes, PhysAddr first) {
        int word = words.read(first);
        if (word == 0) {
            Outcome<PhysAddr> page = words.memory().allocBlock(0);
            if (!(page instanceof Outcome.Done<PhysAddr> fresh)) {
                return refuse(((Outcome.Failed<PhysAddr>) page).reason());
            }
            word = (int) fresh.value().value() | L1_TABLE;
            words.write(first, 1, word);
        } else if ((word & TYPE_MASK) != L1_TABLE) {
            met(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE, iova, first, word);
        }
        long table = Integer.toUnsignedLong(word & TABLE_BASE);
        if (!words.isRam(table)) {
            return refuse(new MapRefusal.WildWalk(
                    DRIVER, new DmaAddr(iova), first, Integer.toUnsignedLong(word), new PhysAddr(table)));
        }
        PhysAddr second = ShortTableWords.second(table, iova);
        int found = words.read(second);
        if (found != 0) {
            met(DriverQuirk.Kind.OVERWRITTEN, iova, second, found);
        }
        boolean large = shift == PageSize.LARGE_64K.shift();
        words.write(
                second, large ? ShortTableWords.COPIES : 1, (int) phys | attributes | (large ? L2_LARGE : L2_SMALL));
        return true;
    }

    /** Clears the slots of a page of this size, and a first-level word whose table is then clear; 0 if that word is 0. */
    @Override
    long unmapPage(long iova, int shift) {
        PhysAddr first = words.first(iova);
        int word = words.read(first);
        if (word == 0) {
            return 0;
        }
        if (shift >= PageSize.SECTION_1M.shift()) {
            boolean wide = shift == PageSize.SUPERSECTION_16M.shift();
            if ((word & TYPE_MASK) == L1_TABLE) {
                met(DriverQuirk.Kind.TABLE_LEAKED, iova, first, word);
            } else if (!wide && (word & SUPER_BIT) != 0) {
                met(DriverQuirk.Kind.PART_OF_LARGE_CLEARED, iova, first, word);
            }
            words.write(first, wide ? ShortTableWords.COPIES : 1, 0);
        } else {
            unmapSecond(iova, shift, first, word);
        }
        flush.flushAll();
        return 1L << shift;
    }

    private void unmapSecond(long iova, int shift, PhysAddr first, int word) {
        boolean isTable = (word & TYPE_MASK) == L1_TABLE;
        long table = Integer.toUnsignedLong(word & TABLE_BASE);
        if (!words.isRam(table)) {
            throw KernelBug.wildWalk(DRIVER, new DmaAddr(iova), first, word, new PhysAddr(table));
        }
        if (!isTable) {
            met(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE, iova, first, word);
        }
        PhysAddr second = ShortTableWords.second(table, iova);
        boolean large = shift == PageSize.LARGE_64K.shift();
        int found = words.read(second);
        if (!large && (found & TYPE_MASK) == L2_LARGE) {
            met(DriverQuirk.Kind.PART_OF_LARGE_CLEARED, iova, second, found);
        }
        words.write(second, large ? ShortTableWords.COPIES : 1, 0);
        if (words.isClear(table)) {
            if (isTable) {
                words.memory().freeBlock(new PhysAddr(table), 0);
            } else {
                met(DriverQuirk.Kind.FOREIGN_PAGE_FREED, iova, first, word);
            }
            words.write(first, 1, 0);
        }
    }

    @Override
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        long iova = input(address);
        PhysAddr first = words.first(iova);
        int word = words.walkFirst(first, iova, memo);
        switch (word & TYPE_MASK) {
            case L1_TABLE -> {
                return walkSecond(iova, word, access, memo);
            }
            case BLOCK -> {
                if (!allows(((word >>> 13) & 4) | ((word >>> 10) & 3), access)) {
                    return fault(FaultKind.PERMISSION, 1, first, word);
                }
                PageSize size = (word & SUPER_BIT) != 0 ? PageSize.SUPERSECTION_16M : PageSize.SECTION_1M;
                return mapped(iova, size.alignDown(Integer.toUnsignedLong(word)), size, 1, first, word);
            }
            default -> {
                return fault(FaultKind.TRANSLATION, 1, first, word);
            }
        }
    }

    private Translation walkSecond(long iova, int firstWord, Access access, WalkMemo memo) {
        long table = Integer.toUnsignedLong(firstWord & TABLE_BASE);
        PhysAddr second = ShortTableWords.second(table, iova);
        if (!words.isRam(table)) {
            return fault(FaultKind.EXTERNAL_ABORT, 2, second, 0);
        }
        int word = words.walkSecond(second, iova, memo);
        if ((word & TYPE_MASK) == 0) {
            return fault(FaultKind.TRANSLATION, 2, second, word);
        }
        if (!allows(((word >>> 7) & 4) | ((word >>> 4) & 3), access)) {
            return fault(FaultKind.PERMISSION, 2, second, word);
        }
        PageSize size = (word & L2_SMALL) != 0 ? PageSize.SMALL_4K : PageSize.LARGE_64K;
        return mapped(iova, size.alignDown(Integer.toUnsignedLong(word)), size, 2, second, word);
    }

    /** ARM DDI 0406C table B3-8: AP[2:0] with the access flag disabled. */
    private static boolean allows(int ap, Access access) {
        return switch (ap) {
            case 1 -> access.isPrivileged();
            case 2 -> access.isPrivileged() || !access.isWrite();
            case 3 -> true;
            case 5 -> access.isPrivileged() && !access.isWrite();
            case 6, 7 -> !access.isWrite();
            default -> false;
        };
    }

    private static long tableOf(int word) {
        return switch (word & TYPE_MASK) {
            case L1_TABLE -> Integer.toUnsignedLong(word & TABLE_BASE);
            case BLOCK -> ShortTableWords.LEAF;
            default -> ShortTableWords.NOTHING;
        };
    }

    @Override
    public void visit(TableVisitor visitor) {
        words.visit(MsmTable::tableOf, visitor);
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        words.visitBlocks(MsmTable::tableOf, visitor);
    }
}
