package org.dmalab.engine.pagetable;

import static org.dmalab.engine.pagetable.LongDescriptor.ADDRESS;
import static org.dmalab.engine.pagetable.LongDescriptor.LAST_LEVEL;
import static org.dmalab.engine.pagetable.LongDescriptor.WORD_BYTES;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;

/**
 * A table of {@link LongDescriptor long descriptors} as Linux 6.1 writes it for ARM's SMMUs ({@code
 * drivers/iommu/io-pgtable-arm.c}).
 *
 * <p>A page over a mapped one is refused; over a table it takes the table's place, and what that mapped is gone. A part of a
 * block is unmapped by a table of the next level that maps the rest. Tables stay when they are empty. Write-only pages of
 * stage 1 can be read.
 */
public final class LpaeTable extends IoPgtable {
    /** Of a table's word, where walkers do not snoop: the word was cleaned ({@code ARM_LPAE_PTE_SW_SYNC}). */
    private static final long CLEANED = 1L << 55;

    private static final long NOWHERE = -1;

    private final LpaeGeometry geometry;
    private final LpaeControl control;
    private final LpaeProt prots;
    private final LongDescriptorWalker walker;
    private final long root;
    private final int granuleShift;
    private final int bitsPerLevel;
    private final int startLevel;
    private final int startShift;
    private final long rootMask;
    private final long indexMask;
    private final long linkBits;
    private final boolean cleans;
    private final int nearShift;

    // The last-level table of the last page: the part of the input that leads to it, and its link. The levels above are
    // not
    // read again until a table is removed.
    private long nearPrefix = NOWHERE;
    private long nearSlot;
    private long nearLink;

    private LpaeTable(
            TableMemory memory,
            PhysAddr first,
            LpaeGeometry geometry,
            LpaeControl control,
            IoPgtableConfig config,
            FlushOps flush) {
        super(memory, first, geometry.sizeBits(), config, config.quirks().contains(Quirk.TTBR1), flush);
        this.geometry = geometry;
        this.control = control;
        this.prots = new LpaeProt(geometry.format().stage(), config.quirks().contains(Quirk.NS));
        root = first.value();
        granuleShift = geometry.granuleShift();
        bitsPerLevel = LongDescriptor.bitsPerLevel(granuleShift);
        startLevel = geometry.startLevel();
        startShift = geometry.startShift();
        rootMask = geometry.rootEntries() - 1;
        indexMask = (1L << bitsPerLevel) - 1;
        cleans = !config.coherentWalk();
        nearShift = granuleShift + bitsPerLevel;
        linkBits = LongDescriptor.TYPE_TABLE
                | (config.quirks().contains(Quirk.NS) ? LongDescriptor.NS_TABLE : 0)
                | (cleans ? CLEANED : 0);
        walker = new LongDescriptorWalker(
                memory.ram(),
                LongDescriptorConfig.of(geometry.format().regime(), first, granuleShift, config.ias())
                        .withStartLevel(startLevel)
                        .withOutputBits(config.oas())
                        .withMair(control.mair()));
    }

    /**
     * An empty table; ENOMEM if there is no block for the first level.
     *
     * @throws IllegalArgumentException if {@code config} is none of {@code format}
     */
    public static Outcome<LpaeTable> create(
            TableMemory memory, LpaeFormat format, IoPgtableConfig config, FlushOps flush) {
        LpaeGeometry geometry = LpaeGeometry.of(format, config);
        LpaeControl control = LpaeControl.of(geometry, config);
        return memory.allocBlock(geometry.rootOrder())
                .then(root -> Outcome.done(new LpaeTable(memory, root, geometry, control, config, flush)));
    }

    /** The fields of TCR or VTCR, and MAIR, that go with it. */
    public LpaeControl control() {
        return control;
    }

    /** The level of the first table. */
    public int startLevel() {
        return startLevel;
    }

    /** How many words the first table has. */
    public long rootEntries() {
        return geometry.rootEntries();
    }

    /** The hardware that walks it. */
    public LongDescriptorWalker walker() {
        return walker;
    }

    private long rootSlot(long iova) {
        return root + (iova >>> startShift & rootMask) * WORD_BYTES;
    }

    private long slot(long table, long iova, int shift) {
        return table + (iova >>> shift & indexMask) * WORD_BYTES;
    }

    private long read(long slot) {
        return memory.readLong(new PhysAddr(slot));
    }

    private void write(long slot, long word) {
        memory.writeLong(new PhysAddr(slot), word);
    }

    private void clean(long slot, long words) {
        if (cleans) {
            memory.flush(new PhysAddr(slot), words * WORD_BYTES);
        }
    }

    private long target(long word) {
        return LongDescriptor.address(word, granuleShift);
    }

    /** How many words of a run stand in one table. */
    private long entries(long iova, int shift, long count) {
        long mask = shift == startShift ? rootMask & indexMask : indexMask;
        return Math.min(count, mask + 1 - (iova >>> shift & mask));
    }

    @Override
    long mapRun(long iova, long phys, int shift, long count, int prot) {
        int level = startLevel;
        int at = startShift;
        long slot = rootSlot(iova);
        if (isNear(iova, shift)) {
            level = LAST_LEVEL;
            at = shift;
            slot = slot(target(nearLink), iova, shift);
        }
        while (at != shift) {
            if (level == LAST_LEVEL) {
                return refuseTooLarge(iova, shift, startShift);
            }
            long word = read(slot);
            long table;
            if (word == 0) {
                Outcome<PhysAddr> fresh = memory.allocBlock(geometry.tableOrder());
                if (!(fresh instanceof Outcome.Done<PhysAddr> made)) {
                    return refuse(((Outcome.Failed<PhysAddr>) fresh).reason());
                }
                table = made.value().value();
                word = link(slot, table);
            } else if (LongDescriptor.isLeaf(level, word)) {
                return refuseExisting(iova, shift, level, slot, word);
            } else {
                table = target(word);
            }
            level++;
            at -= bitsPerLevel;
            remember(iova, level, slot, word);
            slot = slot(table, iova, at);
        }
        long entries = entries(iova, shift, count);
        for (long i = 0; i < entries; i++) {
            long word = read(slot + i * WORD_BYTES);
            if (word == 0) {
                continue;
            }
            if (LongDescriptor.isLeaf(level, word)) {
                return refuseExisting(iova + (i << shift), shift, level, slot + i * WORD_BYTES, word);
            }
            removeTable(iova + (i << shift), level, shift, slot + i * WORD_BYTES, word);
        }
        enter(slot, level, shift, phys, prots.leaf(prot), entries);
        clean(slot, entries);
        return entries << shift;
    }

    private void enter(long slot, int level, int shift, long phys, long bits, long entries) {
        long type = level == LAST_LEVEL ? LongDescriptor.TYPE_PAGE : LongDescriptor.TYPE_BLOCK;
        for (long i = 0; i < entries; i++) {
            write(slot + i * WORD_BYTES, LongDescriptor.addressBits(phys + (i << shift)) | bits | type);
        }
    }

    private long link(long slot, long table) {
        long word = LongDescriptor.addressBits(table) | linkBits;
        write(slot, word);
        clean(slot, 1);
        return word;
    }

    /** Whether the last-level table used last is the one for pages of {@code shift} at {@code iova}, and still linked. */
    private boolean isNear(long iova, int shift) {
        return shift == granuleShift && iova >>> nearShift == nearPrefix && read(nearSlot) == nearLink;
    }

    private void remember(long iova, int level, long slot, long word) {
        if (level == LAST_LEVEL) {
            nearPrefix = iova >>> nearShift;
            nearSlot = slot;
            nearLink = word;
        }
    }

    private void removeTable(long iova, int level, int shift, long slot, long word) {
        write(slot, 0);
        clean(slot, 1);
        flush.flushWalk(new DmaAddr(iova), 1L << shift);
        nearPrefix = NOWHERE;
        free(level + 1, target(word));
    }

    private void free(int level, long table) {
        if (level < LAST_LEVEL) {
            for (long i = 0; i <= indexMask; i++) {
                long word = read(table + i * WORD_BYTES);
                if (LongDescriptor.isTable(level, word)) {
                    free(level + 1, target(word));
                }
            }
        }
        memory.freeBlock(new PhysAddr(table), geometry.tableOrder());
    }

    @Override
    long unmapRun(long iova, int shift, long count) {
        int level = startLevel;
        int at = startShift;
        long slot = rootSlot(iova);
        if (isNear(iova, shift)) {
            level = LAST_LEVEL;
            at = shift;
            slot = slot(target(nearLink), iova, shift);
        }
        while (at != shift) {
            long word = read(slot);
            if (word == 0 || level == LAST_LEVEL) {
                return warned();
            }
            if (LongDescriptor.isLeaf(level, word)) {
                return split(iova, shift, count, level, slot, word);
            }
            level++;
            at -= bitsPerLevel;
            remember(iova, level, slot, word);
            slot = slot(target(word), iova, at);
        }
        return remove(iova, shift, entries(iova, shift, count), level, slot);
    }

    private long remove(long iova, int shift, long entries, int level, long slot) {
        for (long i = 0; i < entries; i++) {
            long place = slot + i * WORD_BYTES;
            long word = read(place);
            if (word == 0) {
                return warned() + (i << shift);
            }
            if (LongDescriptor.isLeaf(level, word)) {
                write(place, 0);
                clean(place, 1);
                flush.addPage(new DmaAddr(iova + (i << shift)), 1L << shift);
            } else {
                removeTable(iova + (i << shift), level, shift, place, word);
            }
        }
        return entries << shift;
    }

    /** Puts tables in a block's place, down to pages of the size to be removed, which they leave out. */
    private long split(long iova, int shift, long count, int level, long slot, long block) {
        int below = LongDescriptor.shift(granuleShift, level + 1);
        Outcome<PhysAddr> fresh = memory.allocBlock(geometry.tableOrder());
        if (!(fresh instanceof Outcome.Done<PhysAddr> made)) {
            return 0;
        }
        long table = made.value().value();
        long bits = block & ~ADDRESS & ~LongDescriptor.TYPE_MASK;
        long from = below == shift ? iova >>> below & indexMask : indexMask + 1;
        long hole = below == shift ? entries(iova, shift, count) : 0;
        long phys = target(block);
        long first = from + hole;
        enter(table, level + 1, below, phys, bits, from);
        enter(table + first * WORD_BYTES, level + 1, below, phys + (first << below), bits, indexMask + 1 - first);
        clean(table, indexMask + 1);
        long link = link(slot, table);
        remember(iova, level + 1, slot, link);
        if (below == shift) {
            for (long i = 0; i < hole; i++) {
                flush.addPage(new DmaAddr(iova + (i << shift)), 1L << shift);
            }
            return hole << shift;
        }
        long next = slot(table, iova, below);
        return split(iova, shift, count, level + 1, next, read(next));
    }

    @Override
    public Translation walk(DmaAddr iova, Access access, WalkMemo memo) {
        return walker.walk(input(iova.value()), upperHalf, access, memo);
    }

    /** The driver looks at no more bits than the table has. */
    @Override
    public PhysAddr iovaToPhys(DmaAddr address) {
        long iova = address.value();
        long slot = rootSlot(iova);
        int shift = startShift;
        for (int level = startLevel; ; level++) {
            long word = read(slot);
            if (LongDescriptor.isLeaf(level, word)) {
                return new PhysAddr(target(word) | (iova & ((1L << shift) - 1)));
            }
            if (word == 0) {
                return new PhysAddr(0);
            }
            shift -= bitsPerLevel;
            slot = slot(target(word), iova, shift);
        }
    }

    @Override
    public void visit(TableVisitor visitor) {
        visit(visitor, startLevel, 0, root, geometry.rootEntries());
    }

    private void visit(TableVisitor visitor, int level, long index, long table, long entries) {
        for (long i = 0; i < entries; i++) {
            PhysAddr at = new PhysAddr(table + i * WORD_BYTES);
            long word = memory.readLong(at);
            if (LongDescriptor.isLeaf(level, word)) {
                visitor.leaf(level, index + i, word, at);
            } else if (word != 0) {
                visitor.table(level, index + i, word, at);
                visit(visitor, level + 1, (index + i) << bitsPerLevel, target(word), indexMask + 1);
            }
        }
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        visitor.block(startLevel, root(), geometry.rootEntries() * WORD_BYTES);
        visit(new TableVisitor() {
            @Override
            public void table(int level, long index, long descriptor, PhysAddr at) {
                visitor.block(level + 1, new PhysAddr(target(descriptor)), 1L << granuleShift);
            }

            @Override
            public void leaf(int level, long index, long descriptor, PhysAddr at) {}
        });
    }

    @Override
    public String toString() {
        return geometry.format() + " table at " + root() + ", pages of "
                + String.join(", ", pageSizes().stream().map(PageSize::toString).toList()) + ", levels " + startLevel
                + " to " + LAST_LEVEL;
    }
}
