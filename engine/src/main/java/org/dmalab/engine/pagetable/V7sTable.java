package org.dmalab.engine.pagetable;

import static org.dmalab.engine.pagetable.ShortDescriptor.COPIES;
import static org.dmalab.engine.pagetable.ShortDescriptor.SECOND_LEVEL_ENTRIES;
import static org.dmalab.engine.pagetable.ShortDescriptor.SECTION_SHIFT;
import static org.dmalab.engine.pagetable.ShortDescriptor.SMALL_SHIFT;
import static org.dmalab.engine.pagetable.ShortDescriptor.WORD_BYTES;

import java.util.EnumSet;
import java.util.List;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Reach;

/**
 * A table of {@link ShortDescriptor short descriptors} as Linux 6.1 writes it for MMUs with ARM's v7 format ({@code
 * drivers/iommu/io-pgtable-arm-v7s.c}).
 *
 * <p>A page over a mapped one is refused; over a table it takes the table's place, and what that mapped is gone. A part of 16
 * equal words is unmapped after these were rewritten as 16 single ones, a part of a section by a table in its place.
 * Tables stay when they are empty.
 *
 * <p>Two oddities of the driver are done here too: {@link DriverQuirk.Kind#SPLIT_LOSES_ADDRESS} and {@link
 * DriverQuirk.Kind#SPLIT_FINDS_ANOTHER}.
 */
public final class V7sTable extends IoPgtable {
    /** TEX class 1 is a device, 4 and 7 are normal memory, shared as their S bit says, and 7 is not outer shareable. */
    public static final int PRRR = 0x800B8204;
    /** Class 7 is write-back and allocating, inner and outer. */
    public static final int NMRR = 0x40004000;

    private static final int TTBR_SHAREABLE = 1 << 1;
    /** NOS, and write-back allocating walks, inner and outer. */
    private static final int TTBR_SNOOPED = 1 << 5 | 1 << 6 | 1 << 3;

    private static final long SIZES = 1L << 12 | 1L << 16 | 1L << 20 | 1L << 24;
    private static final int MEDIATEK_OUTPUT_BITS = 35;
    private static final int ROOT_ORDER = 2;

    private final long root;
    private final int rootEntries;
    private final int ttbrFlags;
    private final V7sProt prots;
    private final ShortDescriptorWalker walker;
    private final boolean mediatek;
    private final int linkBits;
    private final boolean cleans;
    private final QuirkLog quirkLog = new QuirkLog();
    /** What stood in the slots of an entry that is being removed. */
    private final int[] found = new int[COPIES];

    private V7sTable(TableMemory memory, PhysAddr first, IoPgtableConfig config, FlushOps flush) {
        super(memory, first, config.pageSizeBits() & SIZES, config, false, flush);
        root = first.value();
        rootEntries = 1 << Math.max(0, config.ias() - SECTION_SHIFT);
        mediatek = config.quirks().contains(Quirk.MTK_EXT);
        prots = new V7sProt(config);
        linkBits = ShortDescriptor.TYPE_TABLE | (config.quirks().contains(Quirk.NS) ? ShortDescriptor.TABLE_NS : 0);
        cleans = !config.coherentWalk();
        ttbrFlags = mediatek ? 0 : cleans ? TTBR_SHAREABLE : TTBR_SHAREABLE | TTBR_SNOOPED;
        boolean permissions = !config.quirks().contains(Quirk.NO_PERMS);
        walker = new ShortDescriptorWalker(
                memory.ram(),
                ShortDescriptorConfig.of(first)
                        .withDacr(permissions ? ShortDescriptorConfig.ALL_CLIENTS : ShortDescriptorConfig.ALL_MANAGERS)
                        .withAfe(permissions)
                        .withMemoryClasses(PRRR, NMRR)
                        .withReach(mediatek ? Reach.MEDIATEK : Reach.ARM));
    }

    /**
     * An empty table; ENOMEM if there is no block for the first level.
     *
     * @throws IllegalArgumentException if {@code config} is none of this format
     */
    public static Outcome<V7sTable> create(TableMemory memory, IoPgtableConfig config, FlushOps flush) {
        config.requireQuirks(EnumSet.of(Quirk.NS, Quirk.NO_PERMS, Quirk.MTK_EXT, Quirk.MTK_TTBR_EXT));
        boolean mediatek = config.quirks().contains(Quirk.MTK_EXT);
        if (mediatek && !config.quirks().contains(Quirk.NO_PERMS)) {
            throw new IllegalArgumentException("quirks must have NO_PERMS with MTK_EXT: " + config.quirks());
        }
        if (config.quirks().contains(Quirk.MTK_TTBR_EXT) && !mediatek) {
            throw new IllegalArgumentException("quirks must have MTK_EXT with MTK_TTBR_EXT: " + config.quirks());
        }
        require("ias", config.ias(), mediatek ? Reach.MEDIATEK.inputBits() : Reach.ARM.inputBits());
        require("oas", config.oas(), mediatek ? MEDIATEK_OUTPUT_BITS : 32);
        if ((config.pageSizeBits() & SIZES) == 0) {
            throw new IllegalArgumentException(
                    "pageSizeBits must have 4 KiB, 64 KiB, 1 MiB or 16 MiB: " + Addresses.hex(config.pageSizeBits()));
        }
        int order = Math.max(ROOT_ORDER, ROOT_ORDER + config.ias() - Reach.ARM.inputBits());
        return memory.allocBlock(order).then(root -> Outcome.done(new V7sTable(memory, root, config, flush)));
    }

    private static void require(String name, int bits, int most) {
        if (bits <= SECTION_SHIFT || bits > most) {
            throw new IllegalArgumentException(name + " must be " + (SECTION_SHIFT + 1) + ".." + most + ": " + bits);
        }
    }

    /** The bits of TTBR0 beside the address: who shares walks and how they are cached. */
    public int ttbrFlags() {
        return ttbrFlags;
    }

    /** The hardware that walks it. */
    public ShortDescriptorWalker walker() {
        return walker;
    }

    @Override
    public List<DriverQuirk> quirks() {
        return quirkLog.quirks();
    }

    private long first(long iova) {
        return root + (iova >>> SECTION_SHIFT & (rootEntries - 1)) * WORD_BYTES;
    }

    private static long second(int link, long iova) {
        return ShortDescriptor.tableAddress(link) + (iova >>> SMALL_SHIFT & (SECOND_LEVEL_ENTRIES - 1)) * WORD_BYTES;
    }

    private int read(long slot) {
        return memory.read(new PhysAddr(slot));
    }

    private void write(long slot, int entries, int word) {
        for (int i = 0; i < entries; i++) {
            memory.write(new PhysAddr(slot + (long) i * WORD_BYTES), word);
        }
        clean(slot, entries);
    }

    private void clean(long slot, int entries) {
        if (cleans) {
            memory.flush(new PhysAddr(slot), (long) entries * WORD_BYTES);
        }
    }

    /** A page of {@code size} bits takes one slot of its level, or 16. */
    private static int slots(int shift) {
        return shift == SMALL_SHIFT || shift == SECTION_SHIFT ? 1 : COPIES;
    }

    private static boolean isSixteenfold(int level, int word) {
        return level == 1
                ? !ShortDescriptor.isTable(word) && ShortDescriptor.isSupersection(word)
                : (word & ShortDescriptor.TYPE_PAGE) == 0;
    }

    private int address(long phys, int level) {
        int bits = (int) phys & (level == 1 ? ShortDescriptor.SECTION_ADDRESS : ShortDescriptor.SMALL_ADDRESS);
        return mediatek ? bits | ShortDescriptor.mediatekBits(phys) : bits;
    }

    @Override
    long mapRun(long iova, long phys, int shift, long count, int prot) {
        for (long i = 0; i < count; i++) {
            if (mapPage(iova + (i << shift), phys + (i << shift), shift, prot) == 0) {
                return i << shift;
            }
        }
        return count << shift;
    }

    private long mapPage(long iova, long phys, int shift, int prot) {
        long first = first(iova);
        if (shift >= SECTION_SHIFT) {
            return enter(iova, phys, shift, prot, 1, first);
        }
        int link = read(first);
        if (link == 0) {
            Outcome<PhysAddr> fresh = memory.allocKilobyte();
            if (!(fresh instanceof Outcome.Done<PhysAddr> made)) {
                return refuse(((Outcome.Failed<PhysAddr>) fresh).reason());
            }
            link = (int) made.value().value() | linkBits;
            write(first, 1, link);
        } else if (!ShortDescriptor.isTable(link)) {
            return refuseExisting(iova, shift, 1, first, Integer.toUnsignedLong(link));
        }
        return enter(iova, phys, shift, prot, 2, second(link, iova));
    }

    private long enter(long iova, long phys, int shift, int prot, int level, long slot) {
        int slots = slots(shift);
        for (int i = 0; i < slots; i++) {
            long at = slot + (long) i * WORD_BYTES;
            int word = read(at);
            if (word == 0) {
                continue;
            }
            if (level == 2 || !ShortDescriptor.isTable(word)) {
                return refuseExisting(iova, shift, level, at, Integer.toUnsignedLong(word));
            }
            write(at, 1, 0);
            removeTable(iova + ((long) i << SECTION_SHIFT), word);
        }
        int word = prots.word(prot, level);
        write(slot, slots, (slots > 1 ? V7sProt.sixteenfold(word, level) : word) | address(phys, level));
        return 1L << shift;
    }

    private void removeTable(long iova, int link) {
        flush.flushWalk(new DmaAddr(iova), 1L << SECTION_SHIFT);
        memory.freeKilobyte(new PhysAddr(ShortDescriptor.tableAddress(link)));
    }

    @Override
    long unmapRun(long iova, int shift, long count) {
        for (long i = 0; i < count; i++) {
            if (unmapPage(iova + (i << shift), shift) == 0) {
                return i << shift;
            }
        }
        return count << shift;
    }

    private long unmapPage(long iova, int shift) {
        long first = first(iova);
        if (shift >= SECTION_SHIFT) {
            return remove(iova, shift, 1, first);
        }
        int word = read(first);
        if ((word & ShortDescriptor.TYPE_MASK) == 0) {
            return warned();
        }
        if (ShortDescriptor.isTable(word)) {
            return remove(iova, shift, 2, second(word, iova));
        }
        if (isSixteenfold(1, word)) {
            // The driver replaces the section it last read, the first of the 16, and finds that another stands here.
            int split = splitSixteenfold(iova, 1, first);
            if (split != read(first)) {
                quirkLog.met(DriverQuirk.Kind.SPLIT_FINDS_ANOTHER, iova, new PhysAddr(first), word);
                return 0;
            }
            word = split;
        }
        return splitSection(iova, shift, first, word);
    }

    private long remove(long iova, int shift, int level, long slot) {
        if (slots(shift) > 1) {
            return removeSixteen(iova, shift, level, slot);
        }
        int word = read(slot);
        if ((word & ShortDescriptor.TYPE_MASK) == 0) {
            return warned();
        }
        if (isSixteenfold(level, word)) {
            word = splitSixteenfold(iova, level, slot);
        }
        write(slot, 1, 0);
        removed(iova, level, word);
        return 1L << shift;
    }

    private long removeSixteen(long iova, int shift, int level, long slot) {
        for (int i = 0; i < COPIES; i++) {
            found[i] = read(slot + (long) i * WORD_BYTES);
            if ((found[i] & ShortDescriptor.TYPE_MASK) == 0) {
                return warned();
            }
        }
        write(slot, COPIES, 0);
        for (int i = 0; i < COPIES; i++) {
            removed(iova + ((long) i << (level == 1 ? SECTION_SHIFT : SMALL_SHIFT)), level, found[i]);
        }
        return 1L << shift;
    }

    private void removed(long iova, int level, int word) {
        if (level == 2) {
            flush.addPage(new DmaAddr(iova), 1L << SMALL_SHIFT);
        } else if (ShortDescriptor.isTable(word)) {
            removeTable(iova, word);
        } else {
            flush.addPage(new DmaAddr(iova), 1L << SECTION_SHIFT);
        }
    }

    /**
     * Rewrites the 16 equal words around {@code slot} as single ones.
     *
     * @return the first of them
     */
    private int splitSixteenfold(long iova, int level, long slot) {
        int shift = level == 1 ? SECTION_SHIFT : SMALL_SHIFT;
        long group = slot & -(long) (COPIES * WORD_BYTES);
        int word = V7sProt.single(read(group), level);
        for (int i = 0; i < COPIES; i++) {
            memory.write(new PhysAddr(group + (long) i * WORD_BYTES), word + (i << shift));
        }
        clean(group, COPIES);
        flush.flushWalk(new DmaAddr(iova), (long) COPIES << shift);
        return word;
    }

    /**
     * Puts a table in a section's place that has a page for all of it but the one to be removed. The driver carries over what
     * the section allows, and forgets where it leads.
     */
    private long splitSection(long iova, int shift, long first, int section) {
        Outcome<PhysAddr> fresh = memory.allocKilobyte();
        if (!(fresh instanceof Outcome.Done<PhysAddr> made)) {
            return 0;
        }
        long table = made.value().value();
        int slots = slots(shift);
        int word = prots.word(V7sProt.ofSection(section), 2);
        int entry = slots > 1 ? V7sProt.sixteenfold(word, 2) : word;
        int hole = (int) (iova >>> SMALL_SHIFT) & (SECOND_LEVEL_ENTRIES - 1);
        for (int i = 0; i < SECOND_LEVEL_ENTRIES; i += slots) {
            if (i != hole) {
                write(table + (long) i * WORD_BYTES, slots, entry + (i << SMALL_SHIFT));
            }
        }
        write(first, 1, (int) table | linkBits);
        quirkLog.met(DriverQuirk.Kind.SPLIT_LOSES_ADDRESS, iova, new PhysAddr(first), section);
        flush.addPage(new DmaAddr(iova), 1L << shift);
        return 1L << shift;
    }

    @Override
    public Translation walk(DmaAddr iova, Access access, WalkMemo memo) {
        return walker.walk(iova, access, memo);
    }

    /** The driver looks at no more bits than the table has. */
    @Override
    public PhysAddr iovaToPhys(DmaAddr address) {
        long iova = address.value();
        int level = 1;
        int word = read(first(iova));
        if (ShortDescriptor.isTable(word)) {
            level = 2;
            word = read(second(word, iova));
        }
        if ((word & ShortDescriptor.TYPE_MASK) == 0) {
            return new PhysAddr(0);
        }
        int shift = (level == 1 ? SECTION_SHIFT : SMALL_SHIFT) + (isSixteenfold(level, word) ? 4 : 0);
        long base = Integer.toUnsignedLong(word) & -(1L << shift);
        return new PhysAddr(base | (mediatek ? ShortDescriptor.mediatekHigh(word) : 0) | (iova & ((1L << shift) - 1)));
    }

    @Override
    public void visit(TableVisitor visitor) {
        for (int i = 0; i < rootEntries; i++) {
            PhysAddr first = new PhysAddr(root + (long) i * WORD_BYTES);
            int word = memory.read(first);
            if (ShortDescriptor.isTable(word)) {
                visitor.table(1, i, Integer.toUnsignedLong(word), first);
                visitSecond(visitor, i, ShortDescriptor.tableAddress(word));
            } else if (word != 0) {
                visitor.leaf(1, i, Integer.toUnsignedLong(word), first);
            }
        }
    }

    private void visitSecond(TableVisitor visitor, int index, long table) {
        for (int i = 0; i < SECOND_LEVEL_ENTRIES; i++) {
            PhysAddr at = new PhysAddr(table + (long) i * WORD_BYTES);
            int word = memory.read(at);
            if (word != 0) {
                visitor.leaf(2, (long) index * SECOND_LEVEL_ENTRIES + i, Integer.toUnsignedLong(word), at);
            }
        }
    }

    @Override
    public void visitBlocks(TableBlockVisitor visitor) {
        visitor.block(1, root(), (long) rootEntries * WORD_BYTES);
        for (int i = 0; i < rootEntries; i++) {
            int word = read(root + (long) i * WORD_BYTES);
            if (ShortDescriptor.isTable(word)) {
                long table = ShortDescriptor.tableAddress(word);
                visitor.block(2, new PhysAddr(table), (long) SECOND_LEVEL_ENTRIES * WORD_BYTES);
            }
        }
    }
}
