package org.dmalab.engine.pagetable;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/** Tables from a seed: words that no driver would write, and mappings through the engine's writers. */
final class QemuTables {
    private static final int OPERATIONS = 120;

    private QemuTables() {}

    /** Fills {@code pool} with short descriptors of every kind: any KiB of it can be a second level, any 16 KiB a first. */
    static void fillShort(PhysicalMemory ram, AddrRange<PhysAddr> pool, SplittableRandom random) {
        for (long done = 0; done < pool.bytes(); done += ShortDescriptor.WORD_BYTES) {
            int word = random.nextInt() & ~ShortDescriptor.TYPE_MASK;
            int kind = random.nextInt(100);
            if (kind < 40) {
                long table = random.nextInt(30) == 0
                        ? QemuMachine.HOLE
                        : pool.start().value() + random.nextLong(pool.bytes());
                word = (word & ~ShortDescriptor.TABLE_ADDRESS)
                        | ((int) table & ShortDescriptor.TABLE_ADDRESS)
                        | ShortDescriptor.TYPE_TABLE;
            } else if (kind < 75) {
                word |= ShortDescriptor.TYPE_PAGE;
            } else if (kind < 90) {
                word |= ShortDescriptor.TYPE_PAGE | 1;
            }
            ram.writeWord(pool.start().plus(done), word);
        }
    }

    /**
     * Fills {@code pool} with long descriptors of every kind: any granule of it can be a table of any level.
     *
     * @param leafAddress bits for the address of a block, drawn from 64 random ones
     * @param pageAddress for words that are a table or, at the last level, a page, likewise; or -1 to have one in the pool
     */
    static void fillLong(
            PhysicalMemory ram,
            AddrRange<PhysAddr> pool,
            SplittableRandom random,
            LongUnaryOperator leafAddress,
            LongUnaryOperator pageAddress) {
        for (long done = 0; done < pool.bytes(); done += LongDescriptor.WORD_BYTES) {
            long word = random.nextLong() & ~(LongDescriptor.ADDRESS | LongDescriptor.TYPE_MASK);
            word = random.nextInt(4) == 0 ? word & ~LongDescriptor.AF : word | LongDescriptor.AF;
            // Taken away by tables, rights would seldom reach a leaf.
            word &= random.nextInt(4) == 0
                    ? -1L
                    : ~(LongDescriptor.AP_TABLE_NO_USER | LongDescriptor.AP_TABLE_NO_WRITE);
            int kind = random.nextInt(100);
            if (kind < 60) {
                long chosen = pageAddress.applyAsLong(random.nextLong());
                long address = chosen != -1 ? chosen : pool.start().value() + random.nextLong(pool.bytes());
                word |= (address & LongDescriptor.ADDRESS) | LongDescriptor.TYPE_TABLE;
            } else if (kind < 90) {
                word |= (leafAddress.applyAsLong(random.nextLong()) & LongDescriptor.ADDRESS)
                        | LongDescriptor.TYPE_BLOCK;
            } else {
                // Bit 1 means nothing without bit 0.
                word |= random.nextLong() & (LongDescriptor.ADDRESS | 2);
            }
            ram.writeLong(pool.start().plus(done), word);
        }
    }

    /**
     * Maps and unmaps through a driver's writer.
     *
     * @param phys draws where a mapping leads, from 64 random bits
     * @return addresses at and around what was mapped or unmapped
     */
    static List<Long> write(IoPgtable table, SplittableRandom random, LongUnaryOperator phys) {
        List<PageSize> sizes = table.pageSizes();
        AddrRange<DmaAddr> aperture = table.aperture();
        List<Long> interesting = new ArrayList<>();
        // Small pages lie dense in a stretch of their own, so that they share tables and blocks are split.
        long dense = aperture.start().value() + random.nextLong(aperture.bytes());
        for (int i = 0; i < OPERATIONS; i++) {
            PageSize size = sizes.get(Math.min(sizes.size() - 1, random.nextInt(1 + random.nextInt(2 * sizes.size()))));
            long offset = random.nextBoolean()
                    ? dense + random.nextLong(64 * sizes.get(0).bytes())
                    : aperture.start().value() + random.nextLong(aperture.bytes());
            long iova = size.alignDown(offset);
            if (!aperture.contains(new DmaAddr(iova))) {
                continue;
            }
            long room = ((aperture.last() - iova) >>> size.shift()) + 1;
            int count = (int) Math.min(room, 1 + random.nextInt(4));
            long bytes;
            if (random.nextInt(4) == 0) {
                bytes = table.unmap(new DmaAddr(iova), size, count);
            } else {
                PhysAddr to = new PhysAddr(size.alignDown(phys.applyAsLong(random.nextLong())));
                bytes = table.map(new DmaAddr(iova), to, size, count, new IommuProt(random.nextInt(64)));
            }
            interesting.add(iova);
            interesting.add(iova + random.nextLong(count * size.bytes()));
            interesting.add(iova + count * size.bytes() - 1);
            interesting.add(iova + bytes);
        }
        return interesting;
    }

    /** The descriptors from the root on that a walk of {@code va} reads, as far as they are tables. */
    static String path(PhysicalMemory ram, LongDescriptorConfig config, long va) {
        StringBuilder path = new StringBuilder("descriptors");
        int granuleShift = config.granuleShift();
        long mask = (1L << config.rootBits()) - 1;
        long table = config.root().value();
        for (int level = config.startLevel(); level <= LongDescriptor.LAST_LEVEL; level++) {
            long index = va >>> LongDescriptor.shift(granuleShift, level) & mask;
            PhysAddr at = new PhysAddr(table + index * LongDescriptor.WORD_BYTES);
            if (!ram.contains(at, LongDescriptor.WORD_BYTES)) {
                return path + " no RAM at " + at;
            }
            long word = ram.readLong(at);
            path.append(' ').append(at).append(" = ").append(Addresses.hex(word));
            if (!LongDescriptor.isTable(level, word)) {
                break;
            }
            table = word & LongDescriptor.ADDRESS & -(1L << granuleShift);
            mask = (1L << LongDescriptor.bitsPerLevel(granuleShift)) - 1;
        }
        return path.toString();
    }

    /** The bytes of a range. */
    static byte[] bytes(PhysicalMemory ram, AddrRange<PhysAddr> range) {
        byte[] content = new byte[(int) range.bytes()];
        ram.read(range.start(), content, 0, content.length);
        return content;
    }
}
