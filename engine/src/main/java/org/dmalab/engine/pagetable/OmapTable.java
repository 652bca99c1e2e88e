package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * The table of the TI OMAP2, 3 and 4 MMUs ({@code drivers/iommu/omap-iommu.c}, {@code omap-iopgtable.h}): the shape of ARM
 * short descriptors with attributes of endianness in place of protections.
 *
 * <pre>
 * first level   4096 words, 16 KiB, index DA[31:20]
 *   fault         [1:0] = 0
 *   table         [31:10] second level, [1:0] = 1
 *   section       [31:20] 1 MiB, [18] = 0, [1:0] = 2
 *   supersection  [31:24] 16 MiB, [18] = 1, [1:0] = 2, in 16 equal words
 *   attributes    [17] mixed, [15] big endian, [11:10] element size
 * second level  256 words, 1 KiB, index DA[19:12]
 *   fault         [1:0] = 0
 *   large         [31:16] 64 KiB, [1:0] = 1, in 16 equal words
 *   small         [31:12] 4 KiB, [1] = 1
 *   attributes    [11] mixed, [9] big endian, [5:4] element size: 0 is 8 bits, 1 is 16, 2 is 32, 3 none
 * </pre>
 *
 * <p>There are no access permissions. The driver looks for no overlap in any era: blocks replace tables, which leak, and a
 * small page in a block is written into the block's memory. That of Linux 3.14 adds the protection to the page size code (1
 * MiB is 0, 64 KiB 1, 4 KiB 2, 16 MiB 3), so that {@code READ | WRITE} asks for 16 MiB whatever the size, and takes bits 6
 * to 9 for attributes; that of 6.1 ignores it.
 */
public final class OmapTable extends SocTable {
    private static final String DRIVER = "omap-iommu";
    private static final int TYPE_MASK = 3;
    private static final int L1_TABLE = 1;
    private static final int BLOCK = 2;
    private static final int SUPER = 1 << 18 | BLOCK;
    private static final int L2_LARGE = 1;
    private static final int L2_SMALL = 2;
    private static final int TABLE_BASE = 0xFFFFFC00;

    /** {@code MMU_CAM_PGSZ}: the page size of each code. */
    private static final int[] SHIFT_OF_CODE = {20, 16, 12, 24};

    private static final int CODE_MASK = 3;
    private static final int RAM_MIXED = 1 << 6;
    private static final int RAM_ELEMENT_SIZE = 3 << 7;
    private static final int RAM_BIG_ENDIAN = 1 << 9;
    private static final int BLOCK_ATTRIBUTES_UP = 6;

    /** The sizes the driver offers, smallest first. */
    public static final List<PageSize> PAGE_SIZES =
            List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M, PageSize.SUPERSECTION_16M);

    private final ShortTableWords words;
    private final FlushOps flush;
    private final boolean modern;

    private OmapTable(ShortTableWords words, Era era, FlushOps flush) {
        super(PAGE_SIZES, 32);
        this.words = words;
        this.flush = flush;
        this.modern = era.atLeast(Era.V6_1);
    }

    /** An empty table; ENOMEM if there is no block of 16 KiB. */
    public static Outcome<OmapTable> create(TableMemory memory, Era era, FlushOps flush) {
        return ShortTableWords.create(memory).then(words -> Outcome.done(new OmapTable(words, era, flush)));
    }

    @Override
    public PhysAddr root() {
        return words.root();
    }

    private static int codeOf(int shift) {
        return switch (shift) {
            case 20 -> 0;
            case 16 -> 1;
            case 12 -> 2;
            default -> 3;
        };
    }

    @Override
    boolean mapPage(long iova, long phys, int shift, int prot) {
        flush.addPage(new DmaAddr(iova), 1L << shift);
        if (modern) {
            return enter(iova, phys, shift, shift, 0);
        }
        int code = (codeOf(shift) | prot) & CODE_MASK;
        int coded = SHIFT_OF_CODE[code];
        if (coded != shift) {
            met(DriverQuirk.Kind.PROT_TAKEN_FOR_SIZE, iova, words.first(iova), code);
        }
        int attributes = (prot & RAM_MIXED) << 5 | (prot & RAM_BIG_ENDIAN) | (prot & RAM_ELEMENT_SIZE) >>> 3;
        return enter(iova, phys, shift, coded, attributes);
    }

    private boolean enter(long iova, long phys, int asked, int shift, int attributes) {
        if (((iova | phys) & (1L << shift) - 1) != 0) {
            return refuse(new MapRefusal.BadArgument(
                    DRIVER,
                    new DmaAddr(iova),
                    new PhysAddr(phys),
                    Errno.EINVAL,
                    asked == shift
                            ? "both must be multiples of " + new PageSize(shift)
                            : "a page of " + new PageSize(asked)
                                    + " was asked for, but this driver takes protection bits for the page size code, which"
                                    + " becomes that of " + new PageSize(shift)
                                    + ", and both must be multiples of it. Map"
                                    + " with IommuProt.NONE, which OMAP does not check; the DMA-API always asks for"
                                    + " reading and writing, so use the IOMMU-API (Soc.allocIommuDomain)"));
        }
        return switch (shift) {
            case 24 -> {
                PhysAddr first = words.first(iova);
                lookForOverwrite(iova, first, ShortTableWords.COPIES);
                words.write(first, ShortTableWords.COPIES, (int) phys | attributes << BLOCK_ATTRIBUTES_UP | SUPER);
                yield true;
            }
            case 20 -> {
                PhysAddr first = words.first(iova);
                lookForOverwrite(iova, first, 1);
                words.write(first, 1, (int) phys | attributes << BLOCK_ATTRIBUTES_UP | BLOCK);
                yield true;
            }
            default -> enterSecond(iova, phys, shift, attributes);
        };
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

    private boolean enterSecond(long iova, long phys, int shift, int attributes) {
        PhysAddr first = words.first(iova);
        int word = words.read(first);
        if (word == 0) {
            Outcome<PhysAddr> table = words.memory().allocKilobyte();
            if (!(table instanceof Outcome.Done<PhysAddr> fresh)) {
                return refuse(((Outcome.Failed<PhysAddr>) table).reason());
            }
            word = (int) fresh.value().value() | L1_TABLE;
            words.write(first, 1, word);
        } else if ((word & TYPE_MASK) != L1_TABLE) {
            met(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE, iova, first, word);
        }
        // Whatever the word says, bits [31:10] are followed.
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

    /** Removes whatever page {@code iova} lies in, whole; a table whose last word is cleared is freed. */
    @Override
    long unmapPage(long iova, int shift) {
        PhysAddr first = words.first(iova);
        int word = words.read(first);
        if (word == 0) {
            return 0;
        }
        if ((word & TYPE_MASK) == L1_TABLE) {
            return unmapSecond(iova, first, word);
        }
        boolean wide = (word & SUPER) == SUPER;
        words.write(wide ? ShortTableWords.firstOfCopies(first) : first, wide ? ShortTableWords.COPIES : 1, 0);
        return removed(iova, wide ? PageSize.SUPERSECTION_16M : PageSize.SECTION_1M);
    }

    private long unmapSecond(long iova, PhysAddr first, int word) {
        long table = Integer.toUnsignedLong(word & TABLE_BASE);
        if (!words.isRam(table)) {
            throw KernelBug.wildWalk(DRIVER, new DmaAddr(iova), first, word, new PhysAddr(table));
        }
        PhysAddr second = ShortTableWords.second(table, iova);
        boolean large = (words.read(second) & L2_LARGE) != 0;
        words.write(large ? ShortTableWords.firstOfCopies(second) : second, large ? ShortTableWords.COPIES : 1, 0);
        if (words.isClear(table)) {
            flush.flushWalk(new DmaAddr(PageSize.SECTION_1M.alignDown(iova)), PageSize.SECTION_1M.bytes());
            words.memory().freeKilobyte(new PhysAddr(table));
            words.write(first, 1, 0);
        }
        return removed(iova, large ? PageSize.LARGE_64K : PageSize.SMALL_4K);
    }

    private long removed(long iova, PageSize size) {
        flush.addPage(new DmaAddr(size.alignDown(iova)), size.bytes());
        return size.bytes();
    }

    @Override
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        long iova = input(address);
        PhysAddr first = words.first(iova);
        int word = words.walkFirst(first, iova, memo);
        return switch (word & TYPE_MASK) {
            case L1_TABLE -> walkSecond(iova, word, memo);
            case BLOCK -> {
                PageSize size = (word & SUPER) == SUPER ? PageSize.SUPERSECTION_16M : PageSize.SECTION_1M;
                yield mapped(iova, size.alignDown(Integer.toUnsignedLong(word)), size, 1, first, word);
            }
            default -> fault(FaultKind.TRANSLATION, 1, first, word);
        };
    }

    private Translation walkSecond(long iova, int firstWord, WalkMemo memo) {
        long table = Integer.toUnsignedLong(firstWord & TABLE_BASE);
        PhysAddr second = ShortTableWords.second(table, iova);
        if (!words.isRam(table)) {
            return fault(FaultKind.EXTERNAL_ABORT, 2, second, 0);
        }
        int word = words.walkSecond(second, iova, memo);
        if ((word & TYPE_MASK) == 0) {
            return fault(FaultKind.TRANSLATION, 2, second, word);
        }
        PageSize size = (word & L2_SMALL) != 0 ? PageSize.SMALL_4K : PageSize.LARGE_64K;
        return mapped(iova, size.alignDown(Integer.toUnsignedLong(word)), size, 2, second, word);
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
        words.visit(OmapTable::tableOf, visitor);
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        words.visitBlocks(OmapTable::tableOf, visitor);
    }
}
