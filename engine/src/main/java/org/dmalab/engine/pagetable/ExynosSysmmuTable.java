package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * The table of a Samsung Exynos System MMU, versions 1 to 3 ({@code drivers/iommu/exynos-iommu.c}): the ARM short-descriptor
 * layout (ARM DDI 0406C B3.5.1) without supersections and, as Linux 3.14 wrote it, without permissions.
 *
 * <pre>
 * first level   4096 words, 16 KiB, index IOVA[31:20]
 *   fault       [1:0] = 0 or 3
 *   table       [31:10] second level, [1:0] = 1
 *   section     [31:20] 1 MiB of memory, [1:0] = 2
 * second level  256 words, 1 KiB, index IOVA[19:12]
 *   fault       [1:0] = 0
 *   large       [31:16] 64 KiB of memory, [1:0] = 1, in 16 equal words
 *   small       [31:12] 4 KiB of memory, [1:0] = 2 or 3
 * </pre>
 */
public final class ExynosSysmmuTable {
    private static final int FIRST_LEVEL_ORDER = 2;
    private static final int FIRST_LEVEL_ENTRIES = 4096;
    private static final int SECOND_LEVEL_ENTRIES = 256;
    private static final int WORD_BYTES = 4;

    private static final int TYPE_MASK = 3;
    private static final int L1_TABLE = 1;
    private static final int L1_SECTION = 2;
    private static final int L2_FAULT = 0;
    private static final int L2_LARGE = 1;
    private static final int L2_SMALL = 2;
    private static final int LARGE_COPIES = 16;

    private static final int L1_TABLE_BASE = 0xFFFFFC00;
    private static final long SECTION_BASE = 0xFFF00000L;
    private static final long LARGE_BASE = 0xFFFF0000L;
    private static final long SMALL_BASE = 0xFFFFF000L;

    /** The sizes the driver offers, smallest first. */
    public static final List<PageSize> PAGE_SIZES = List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M);

    private final TableMemory memory;
    private final Era era;
    private final PhysAddr root;
    /** {@code lv2entcnt}: for each second-level table, how many of its words are fault words. */
    private final int[] freeEntries = new int[FIRST_LEVEL_ENTRIES];

    private ExynosSysmmuTable(TableMemory memory, Era era, PhysAddr root) {
        this.memory = memory;
        this.era = era;
        this.root = root;
    }

    /** An empty table, in which every walk ends at level 1; ENOMEM if there is no block of 16 KiB. */
    public static Outcome<ExynosSysmmuTable> create(TableMemory memory, Era era) {
        return memory.allocBlock(FIRST_LEVEL_ORDER)
                .then(root -> Outcome.done(new ExynosSysmmuTable(memory, era, root)));
    }

    /** What the hardware's {@code PT_BASE} register holds. */
    public PhysAddr root() {
        return root;
    }

    /**
     * Enters one page. {@code iova} and {@code phys} are multiples of {@code size}, one of {@link #PAGE_SIZES}.
     *
     * @return the page's size, EADDRINUSE if something is mapped there, or ENOMEM for a second-level table
     */
    public Outcome<PageSize> map(DmaAddr iova, PhysAddr phys, PageSize size) {
        PhysAddr first = firstLevel(iova);
        int word = memory.read(first);
        if (size.equals(PageSize.SECTION_1M)) {
            return mapSection(iova, phys, first, word);
        }
        return switch (word & TYPE_MASK) {
            case L1_TABLE -> mapSecondLevel(iova, phys, size, tableBase(word));
            case L1_SECTION -> Outcome.failed(new MapConflict(iova, size, PageSize.SECTION_1M, first, unsigned(word)));
            default ->
                memory.allocKilobyte().then(table -> {
                    writeAndFlush(first, (int) table.value() | L1_TABLE);
                    freeEntries[index(first)] = SECOND_LEVEL_ENTRIES;
                    return mapSecondLevel(iova, phys, size, table);
                });
        };
    }

    private Outcome<PageSize> mapSection(DmaAddr iova, PhysAddr phys, PhysAddr first, int word) {
        int type = word & TYPE_MASK;
        if (type == L1_SECTION) {
            return Outcome.failed(
                    new MapConflict(iova, PageSize.SECTION_1M, PageSize.SECTION_1M, first, unsigned(word)));
        }
        if (type == L1_TABLE) {
            if (freeEntries[index(first)] != SECOND_LEVEL_ENTRIES) {
                return Outcome.failed(
                        new MapConflict(iova, PageSize.SECTION_1M, PageSize.SMALL_4K, first, unsigned(word)));
            }
            memory.freeKilobyte(tableBase(word));
            freeEntries[index(first)] = 0;
        }
        writeAndFlush(first, (int) phys.value() | L1_SECTION);
        return Outcome.done(PageSize.SECTION_1M);
    }

    private Outcome<PageSize> mapSecondLevel(DmaAddr iova, PhysAddr phys, PageSize size, PhysAddr table) {
        PhysAddr second = secondLevel(table, iova);
        int copies = size.equals(PageSize.LARGE_64K) ? LARGE_COPIES : 1;
        int word = (int) phys.value() | (copies > 1 ? L2_LARGE : L2_SMALL);
        for (int i = 0; i < copies; i++) {
            PhysAddr slot = second.plus((long) i * WORD_BYTES);
            int found = memory.read(slot);
            if ((found & TYPE_MASK) != L2_FAULT) {
                rollBack(second, i);
                PageSize held = (found & TYPE_MASK) == L2_LARGE ? PageSize.LARGE_64K : PageSize.SMALL_4K;
                return Outcome.failed(new MapConflict(iova, size, held, slot, unsigned(found)));
            }
            memory.write(slot, word);
        }
        memory.flush(second, (long) copies * WORD_BYTES);
        freeEntries[index(firstLevel(iova))] -= copies;
        return Outcome.done(size);
    }

    /** Takes back the {@code written} words before the one in the way, or what the era's driver took for them. */
    private void rollBack(PhysAddr second, int written) {
        // Linux 3.14 cleared as many words from the one in the way on, so it wiped its owner's mapping and left its
        // own.
        PhysAddr start = era.atLeast(Era.V6_1) ? second : second.plus((long) written * WORD_BYTES);
        for (int i = 0; i < written; i++) {
            memory.write(start.plus((long) i * WORD_BYTES), L2_FAULT);
        }
    }

    /**
     * Removes one page of at most {@code size} at {@code iova}. Second-level tables stay, even when they are empty.
     *
     * @return bytes that are now unmapped; where nothing was mapped the driver counts 4 KiB, or up to 1 MiB if there is no
     *     second-level table
     */
    public long unmap(DmaAddr iova, PageSize size) {
        PhysAddr first = firstLevel(iova);
        int word = memory.read(first);
        switch (word & TYPE_MASK) {
            case L1_SECTION -> {
                requireWhole(iova, size, PageSize.SECTION_1M);
                writeAndFlush(first, 0);
                return PageSize.SECTION_1M.bytes();
            }
            case L1_TABLE -> {
                return unmapSecondLevel(iova, size, secondLevel(tableBase(word), iova));
            }
            default -> {
                return Math.min(size.bytes(), PageSize.SECTION_1M.bytes());
            }
        }
    }

    private long unmapSecondLevel(DmaAddr iova, PageSize size, PhysAddr second) {
        switch (memory.read(second) & TYPE_MASK) {
            case L2_FAULT -> {
                return PageSize.SMALL_4K.bytes();
            }
            case L2_LARGE -> {
                requireWhole(iova, size, PageSize.LARGE_64K);
                for (int i = 0; i < LARGE_COPIES; i++) {
                    memory.write(second.plus((long) i * WORD_BYTES), L2_FAULT);
                }
                memory.flush(second, (long) LARGE_COPIES * WORD_BYTES);
                freeEntries[index(firstLevel(iova))] += LARGE_COPIES;
                return PageSize.LARGE_64K.bytes();
            }
            default -> {
                writeAndFlush(second, L2_FAULT);
                freeEntries[index(firstLevel(iova))]++;
                return PageSize.SMALL_4K.bytes();
            }
        }
    }

    /** Walks as the hardware does: one word at each level, from RAM. */
    public Translation walk(DmaAddr iova) {
        PhysAddr first = firstLevel(iova);
        int word = memory.read(first);
        return switch (word & TYPE_MASK) {
            case L1_TABLE -> walkSecondLevel(iova, secondLevel(tableBase(word), iova));
            case L1_SECTION -> mapped(iova, word & SECTION_BASE, PageSize.SECTION_1M, 1, first, word);
            default -> new Translation.Fault(FaultKind.TRANSLATION, 1, first, unsigned(word));
        };
    }

    private Translation walkSecondLevel(DmaAddr iova, PhysAddr second) {
        int word = memory.read(second);
        return switch (word & TYPE_MASK) {
            case L2_FAULT -> new Translation.Fault(FaultKind.TRANSLATION, 2, second, unsigned(word));
            case L2_LARGE -> mapped(iova, word & LARGE_BASE, PageSize.LARGE_64K, 2, second, word);
            default -> mapped(iova, word & SMALL_BASE, PageSize.SMALL_4K, 2, second, word);
        };
    }

    private static Translation mapped(
            DmaAddr iova, long base, PageSize size, int level, PhysAddr descriptor, int word) {
        long offset = iova.value() & (size.bytes() - 1);
        return new Translation.Mapped(new PhysAddr(base + offset), size, level, descriptor, unsigned(word));
    }

    private void writeAndFlush(PhysAddr descriptor, int word) {
        memory.write(descriptor, word);
        memory.flush(descriptor, WORD_BYTES);
    }

    private static void requireWhole(DmaAddr iova, PageSize asked, PageSize held) {
        if (asked.compareTo(held) < 0) {
            throw new PartialUnmap(iova, asked, held);
        }
    }

    /** {@code BUG_ON(size < SECT_SIZE)}: the driver stops the machine when a part of a large page is to be unmapped. */
    public static final class PartialUnmap extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        PartialUnmap(DmaAddr iova, PageSize asked, PageSize held) {
            super("exynos-iommu: BUG: part of a larger page is unmapped [iova=" + iova + "] [asked=" + asked
                    + "] [page=" + held + "]; unmap whole pages, as they were mapped");
        }
    }

    /**
     * Something is mapped where a page was to be entered.
     *
     * @param iova where
     * @param asked the page to be entered
     * @param held the size of what is there
     * @param descriptorAddress the word in the way
     * @param descriptor its content
     */
    public record MapConflict(DmaAddr iova, PageSize asked, PageSize held, PhysAddr descriptorAddress, long descriptor)
            implements Reason {
        @Override
        public Errno errno() {
            return Errno.EADDRINUSE;
        }

        @Override
        public String message() {
            return "exynos-iommu: " + asked + " at " + iova + " is already mapped";
        }

        @Override
        public String explain() {
            return "asked to map " + asked + " at IOVA " + iova + "; a page of " + held
                    + " is entered there [descriptor at " + descriptorAddress + " = "
                    + Addresses.hex(descriptor) + "]: unmap it first, or take another IOVA";
        }
    }

    private PhysAddr firstLevel(DmaAddr iova) {
        if (iova.value() >>> 32 != 0) {
            throw new IllegalArgumentException("IOVA must be below 4 GiB for this table: " + iova);
        }
        return root.plus((iova.value() >>> PageSize.SECTION_1M.shift()) * WORD_BYTES);
    }

    private static PhysAddr secondLevel(PhysAddr table, DmaAddr iova) {
        long index = (iova.value() >>> PageSize.PAGE_SHIFT) & (SECOND_LEVEL_ENTRIES - 1);
        return table.plus(index * WORD_BYTES);
    }

    private static PhysAddr tableBase(int word) {
        return new PhysAddr(unsigned(word & L1_TABLE_BASE));
    }

    private int index(PhysAddr first) {
        return (int) (first.minus(root) / WORD_BYTES);
    }

    private static long unsigned(int word) {
        return Integer.toUnsignedLong(word);
    }
}
