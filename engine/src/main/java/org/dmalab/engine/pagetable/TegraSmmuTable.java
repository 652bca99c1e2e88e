package org.dmalab.engine.pagetable;

import java.util.List;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * The table of the NVIDIA Tegra30, 114 and 124 SMMU ({@code drivers/iommu/tegra-smmu.c}): two levels of 1024 words.
 *
 * <pre>
 * directory  1024 words, 4 KiB, index VA[31:22]
 *   [31] readable, [30] writable, [29] non-secure, [28] next: 1 leads to a table, 0 to 4 MiB of memory
 *   [19:0] PA[31:12]; with 34 address bits [21:0] PA[33:12]
 * table      1024 words, 4 KiB, index VA[21:12]
 *   [31] readable, [30] writable, [29] non-secure
 *   [19:0] or [21:0] as above
 * </pre>
 *
 * <p>The drivers enter 4 KiB pages only. To that of Linux 3.14 a vacant word is the identity with every right: what is not
 * mapped passes untranslated, a page mapped onto itself counts as vacant, protections are ignored, and {@code iova_to_phys}
 * leaves the page offset out and allocates a missing table. That of 6.1 leaves vacant words 0 and honours protections. Both
 * overwrite silently.
 */
public final class TegraSmmuTable extends SocTable {
    private static final String DRIVER = "tegra-smmu";
    private static final int ENTRIES = 1024;
    private static final int TABLE_BYTES = ENTRIES * 4;
    private static final int DIRECTORY_SHIFT = 22;
    private static final int PAGE_SHIFT = PageSize.PAGE_SHIFT;
    private static final int READABLE = 1 << 31;
    private static final int WRITABLE = 1 << 30;
    private static final int NON_SECURE = 1 << 29;
    private static final int NEXT = 1 << 28;
    private static final int ALL_RIGHTS = READABLE | WRITABLE | NON_SECURE;
    private static final PageSize SECTION_4M = new PageSize(DIRECTORY_SHIFT);

    /** The one size the driver offers. */
    public static final List<PageSize> PAGE_SIZES = List.of(PageSize.SMALL_4K);

    private final TableMemory memory;
    private final PhysAddr root;
    private final boolean modern;
    private final int pfnMask;
    private final LongPredicate pfnValid;
    private final FlushOps flush;
    /** {@code pte_count}: for each table, how many of its words are not vacant. */
    private final int[] used = new int[ENTRIES];

    private TegraSmmuTable(
            TableMemory memory, PhysAddr root, Era era, int addressBits, LongPredicate pfnValid, FlushOps flush) {
        super(PAGE_SIZES, addressBits);
        this.memory = memory;
        this.root = root;
        this.modern = era.atLeast(Era.V6_1);
        this.pfnMask = (1 << (addressBits - PAGE_SHIFT)) - 1;
        this.pfnValid = pfnValid;
        this.flush = flush;
        if (!modern) {
            for (int i = 0; i < ENTRIES; i++) {
                memory.write(word(root.value(), i), vacantDirectoryWord(i));
            }
            memory.flush(root, TABLE_BYTES);
        }
    }

    /**
     * An empty table; ENOMEM if there is no page for the directory.
     *
     * @param addressBits 32 on Tegra30 and 114, 34 on Tegra124
     * @param pfnValid which page frames the kernel knows ({@code pfn_valid}); the driver of Linux 3.14 maps no other
     * @throws IllegalArgumentException for other address bits, or for Tegra124 before Linux 6.1
     */
    public static Outcome<TegraSmmuTable> create(
            TableMemory memory, Era era, int addressBits, LongPredicate pfnValid, FlushOps flush) {
        if (addressBits != 32 && !(addressBits == 34 && era.atLeast(Era.V6_1))) {
            throw new IllegalArgumentException(
                    "addressBits must be 32, or from Linux 6.1 on 34: " + addressBits + " for " + era);
        }
        return memory.allocBlock(0)
                .then(root -> Outcome.done(new TegraSmmuTable(memory, root, era, addressBits, pfnValid, flush)));
    }

    @Override
    public PhysAddr root() {
        return root;
    }

    private static PhysAddr word(long table, long index) {
        return new PhysAddr(table + index * 4);
    }

    private PhysAddr directoryWord(long iova) {
        return word(root.value(), iova >>> DIRECTORY_SHIFT);
    }

    private static PhysAddr tableWord(long table, long iova) {
        return word(table, iova >>> PAGE_SHIFT & (ENTRIES - 1));
    }

    private int vacantDirectoryWord(long index) {
        return modern ? 0 : (int) (index << (DIRECTORY_SHIFT - PAGE_SHIFT)) | ALL_RIGHTS;
    }

    private int vacantWord(long iova) {
        return modern ? 0 : (int) (iova >>> PAGE_SHIFT) | ALL_RIGHTS;
    }

    private long address(int word) {
        return (long) (word & pfnMask) << PAGE_SHIFT;
    }

    @Override
    boolean mapPage(long iova, long phys, int shift, int prot) {
        if (!modern && !pfnValid.test(phys >>> PAGE_SHIFT)) {
            return refuse(new MapRefusal.BadArgument(
                    DRIVER,
                    new DmaAddr(iova),
                    new PhysAddr(phys),
                    Errno.ENOMEM,
                    "the kernel knows no such page frame (pfn_valid)"));
        }
        PhysAddr directory = directoryWord(iova);
        int index = (int) (iova >>> DIRECTORY_SHIFT);
        int link = memory.read(directory);
        if (link == vacantDirectoryWord(index)) {
            Outcome<PhysAddr> page = enterTable(iova, directory);
            if (!(page instanceof Outcome.Done<PhysAddr>)) {
                return refuse(((Outcome.Failed<PhysAddr>) page).reason());
            }
            link = memory.read(directory);
        }
        PhysAddr at = tableWord(address(link), iova);
        int vacant = vacantWord(iova);
        int found = memory.read(at);
        int entry = (int) (phys >>> PAGE_SHIFT) | rights(prot);
        if (found == vacant) {
            used[index]++;
        } else {
            met(DriverQuirk.Kind.OVERWRITTEN, iova, at, found);
        }
        if (entry == vacant) {
            used[index]--;
            met(DriverQuirk.Kind.IDENTITY_IS_VACANT, iova, at, entry);
        }
        memory.write(at, entry);
        memory.flush(at, 4);
        flush.addPage(new DmaAddr(iova), 1L << PAGE_SHIFT);
        return true;
    }

    private int rights(int prot) {
        return modern ? NON_SECURE | ((prot & 1) != 0 ? READABLE : 0) | ((prot & 2) != 0 ? WRITABLE : 0) : ALL_RIGHTS;
    }

    /** A table of vacant words under the directory word of {@code iova}. */
    private Outcome<PhysAddr> enterTable(long iova, PhysAddr directory) {
        Outcome<PhysAddr> page = memory.allocBlock(0);
        if (page instanceof Outcome.Done<PhysAddr> fresh) {
            long table = fresh.value().value();
            if (!modern) {
                long start = SECTION_4M.alignDown(iova);
                for (int i = 0; i < ENTRIES; i++) {
                    memory.write(word(table, i), vacantWord(start + ((long) i << PAGE_SHIFT)));
                }
                memory.flush(fresh.value(), TABLE_BYTES);
            }
            memory.write(directory, (int) (table >>> PAGE_SHIFT) | ALL_RIGHTS | NEXT);
            memory.flush(directory, 4);
            flush.flushWalk(new DmaAddr(SECTION_4M.alignDown(iova)), SECTION_4M.bytes());
        }
        return page;
    }

    /**
     * Makes one page vacant, and frees a table with no other. Where none is mapped the driver of Linux 3.14 warns and counts
     * the page, that of 6.1 removes nothing.
     */
    @Override
    long unmapPage(long iova, int shift) {
        PhysAddr directory = directoryWord(iova);
        int index = (int) (iova >>> DIRECTORY_SHIFT);
        int link = memory.read(directory);
        if (link == vacantDirectoryWord(index)) {
            return nothingMapped();
        }
        long table = address(link);
        PhysAddr at = tableWord(table, iova);
        int vacant = vacantWord(iova);
        if (memory.read(at) == vacant) {
            return nothingMapped();
        }
        memory.write(at, vacant);
        memory.flush(at, 4);
        flush.addPage(new DmaAddr(iova), 1L << PAGE_SHIFT);
        if (--used[index] == 0) {
            memory.write(directory, vacantDirectoryWord(index));
            memory.flush(directory, 4);
            flush.flushWalk(new DmaAddr(SECTION_4M.alignDown(iova)), SECTION_4M.bytes());
            memory.freeBlock(new PhysAddr(table), 0);
        }
        return 1L << PAGE_SHIFT;
    }

    private long nothingMapped() {
        if (modern) {
            return 0;
        }
        warn();
        return 1L << PAGE_SHIFT;
    }

    @Override
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        long iova = input(address);
        int right = access.isWrite() ? WRITABLE : READABLE;
        PhysAddr directory = directoryWord(iova);
        int link = walkDirectory(directory, iova, memo);
        if ((link & right) == 0) {
            return fault(link == 0 ? FaultKind.TRANSLATION : FaultKind.PERMISSION, 1, directory, link);
        }
        if ((link & NEXT) == 0) {
            return mapped(iova, SECTION_4M.alignDown(address(link)), SECTION_4M, 1, directory, link);
        }
        PhysAddr at = tableWord(address(link), iova);
        if (!memory.contains(at, 4)) {
            return fault(FaultKind.EXTERNAL_ABORT, 2, at, 0);
        }
        int entry = memory.read(at);
        memo.read(at.value(), Integer.toUnsignedLong(entry), found(entry), iova, PAGE_SHIFT);
        if ((entry & right) == 0) {
            return fault(entry == 0 ? FaultKind.TRANSLATION : FaultKind.PERMISSION, 2, at, entry);
        }
        return mapped(iova, address(entry), PageSize.SMALL_4K, 2, at, entry);
    }

    private int walkDirectory(PhysAddr directory, long iova, WalkMemo memo) {
        long kept = memo.recall(directory.value());
        if (kept != WalkMemo.NOTHING) {
            return (int) kept;
        }
        int link = memory.read(directory);
        WalkMemo.Found found = (link & NEXT) != 0 ? WalkMemo.Found.TABLE : found(link);
        memo.read(directory.value(), Integer.toUnsignedLong(link), found, iova, DIRECTORY_SHIFT);
        return link;
    }

    private static WalkMemo.Found found(int word) {
        return (word & (READABLE | WRITABLE)) == 0 ? WalkMemo.Found.FAULT : WalkMemo.Found.PAGE;
    }

    /**
     * Linux 3.14: the page without the offset, after allocating a missing table. Linux 6.1: 0 for a vacant word.
     *
     * @throws KernelBug if the driver of Linux 3.14 finds no memory for that table
     */
    @Override
    public PhysAddr iovaToPhys(DmaAddr address) {
        long iova = input(address);
        PhysAddr directory = directoryWord(iova);
        int link = memory.read(directory);
        if (link == vacantDirectoryWord(iova >>> DIRECTORY_SHIFT)) {
            if (modern) {
                return new PhysAddr(0);
            }
            PhysAddr table =
                    enterTable(iova, directory).orElseThrow(reason -> KernelBug.noTable(DRIVER, address, reason));
            link = (int) table.pfn();
        }
        int entry = memory.read(tableWord(address(link), iova));
        if (modern) {
            return new PhysAddr(entry == 0 ? 0 : address(entry) | (iova & (PageSize.PAGE_BYTES - 1)));
        }
        return new PhysAddr(address(entry));
    }

    /** Shows the entries that are not vacant, those of Linux 3.14 that translate onto themselves among the latter. */
    @Override
    public void visit(TableVisitor visitor) {
        for (int i = 0; i < ENTRIES; i++) {
            PhysAddr directory = word(root.value(), i);
            int link = memory.read(directory);
            if (link == vacantDirectoryWord(i)) {
                continue;
            }
            if ((link & NEXT) == 0) {
                visitor.leaf(1, i, Integer.toUnsignedLong(link), directory);
                continue;
            }
            visitor.table(1, i, Integer.toUnsignedLong(link), directory);
            for (int j = 0; j < ENTRIES; j++) {
                long page = (long) i * ENTRIES + j;
                PhysAddr at = word(address(link), j);
                int entry = memory.read(at);
                if (entry != vacantWord(page << PAGE_SHIFT)) {
                    visitor.leaf(2, page, Integer.toUnsignedLong(entry), at);
                }
            }
        }
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        visitor.block(1, root, TABLE_BYTES);
        for (int i = 0; i < ENTRIES; i++) {
            int link = memory.read(word(root.value(), i));
            if (link != vacantDirectoryWord(i) && (link & NEXT) != 0) {
                visitor.block(2, new PhysAddr(address(link)), TABLE_BYTES);
            }
        }
    }
}
