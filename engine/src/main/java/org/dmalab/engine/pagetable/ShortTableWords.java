package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * The words of a table of the ARM short-descriptor shape (ARM DDI 0406C B3.5.1), whatever they mean.
 *
 * <pre>
 * first level   4096 words, 16 KiB and aligned to it, index IOVA[31:20]
 * second level  256 words, 1 KiB and aligned to it, index IOVA[19:12]
 * </pre>
 */
final class ShortTableWords {
    static final int FIRST_LEVEL_ENTRIES = 4096;
    static final int SECOND_LEVEL_ENTRIES = 256;
    static final int WORD_BYTES = 4;
    static final int SECOND_LEVEL_BYTES = SECOND_LEVEL_ENTRIES * WORD_BYTES;
    /** Slots of a page that stands in several. */
    static final int COPIES = 16;

    private static final int FIRST_LEVEL_ORDER = 2;
    private static final int FIRST_LEVEL_SHIFT = 20;
    /** By bits [1:0] of a first-level word. */
    private static final WalkMemo.Found[] FOUND = {
        WalkMemo.Found.FAULT, WalkMemo.Found.TABLE, WalkMemo.Found.PAGE, WalkMemo.Found.FAULT
    };

    private static final int FIRST_LEVEL_BYTES = FIRST_LEVEL_ENTRIES * WORD_BYTES;

    private final TableMemory memory;
    private final PhysAddr root;

    private ShortTableWords(TableMemory memory, PhysAddr root) {
        this.memory = memory;
        this.root = root;
    }

    /** A first level of zeros; ENOMEM if there is no block of 16 KiB. */
    static Outcome<ShortTableWords> create(TableMemory memory) {
        return memory.allocBlock(FIRST_LEVEL_ORDER).then(root -> Outcome.done(new ShortTableWords(memory, root)));
    }

    TableMemory memory() {
        return memory;
    }

    PhysAddr root() {
        return root;
    }

    static int firstIndex(long iova) {
        return (int) (iova >>> 20);
    }

    /** The first-level word of {@code iova}. */
    PhysAddr first(long iova) {
        return new PhysAddr(root.value() + (iova >>> 20) * WORD_BYTES);
    }

    /** The second-level word of {@code iova} in the table at {@code table}. */
    static PhysAddr second(long table, long iova) {
        return new PhysAddr(table + (iova >>> 12 & (SECOND_LEVEL_ENTRIES - 1)) * WORD_BYTES);
    }

    /** The first of the 16 slots that the word at {@code at} belongs to. */
    static PhysAddr firstOfCopies(PhysAddr at) {
        return new PhysAddr(at.value() & -(long) (COPIES * WORD_BYTES));
    }

    int read(PhysAddr at) {
        return memory.read(at);
    }

    /** The first-level word of {@code iova} as a walker has it: as {@code memo} keeps it, or from RAM. */
    int walkFirst(PhysAddr first, long iova, WalkMemo memo) {
        long kept = memo.recall(first.value());
        if (kept != WalkMemo.NOTHING) {
            return (int) kept;
        }
        int word = read(first);
        memo.read(first.value(), Integer.toUnsignedLong(word), FOUND[word & 3], iova, FIRST_LEVEL_SHIFT);
        return word;
    }

    /** The second-level word of {@code iova} from RAM. */
    int walkSecond(PhysAddr second, long iova, WalkMemo memo) {
        int word = read(second);
        WalkMemo.Found found = (word & 3) == 0 ? WalkMemo.Found.FAULT : WalkMemo.Found.PAGE;
        memo.read(second.value(), Integer.toUnsignedLong(word), found, iova, PageSize.PAGE_SHIFT);
        return word;
    }

    /** Writes {@code word} into {@code slots} slots from {@code at} on and cleans them for the walker. */
    void write(PhysAddr at, int slots, int word) {
        for (int i = 0; i < slots; i++) {
            memory.write(new PhysAddr(at.value() + (long) i * WORD_BYTES), word);
        }
        memory.flush(at, (long) slots * WORD_BYTES);
    }

    /** Whether a second-level table could stand at {@code table}. */
    boolean isRam(long table) {
        return memory.contains(new PhysAddr(table), SECOND_LEVEL_BYTES);
    }

    /** Whether each word of the second-level table is 0. */
    boolean isClear(long table) {
        for (long at = table; at < table + SECOND_LEVEL_BYTES; at += WORD_BYTES) {
            if (memory.read(new PhysAddr(at)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Tells a visitor's entries apart. */
    @FunctionalInterface
    interface Entries {
        /** The table a first-level word leads to; {@link #NOTHING} for a fault word, {@link #LEAF} for a block. */
        long tableOf(int word);
    }

    static final long NOTHING = -1;
    static final long LEAF = -2;

    void visit(Entries entries, TableVisitor visitor) {
        for (int i = 0; i < FIRST_LEVEL_ENTRIES; i++) {
            PhysAddr first = new PhysAddr(root.value() + (long) i * WORD_BYTES);
            int word = memory.read(first);
            long table = entries.tableOf(word);
            if (table == LEAF) {
                visitor.leaf(1, i, Integer.toUnsignedLong(word), first);
            } else if (table != NOTHING) {
                visitor.table(1, i, Integer.toUnsignedLong(word), first);
                if (isRam(table)) {
                    visitSecond(i, table, visitor);
                }
            }
        }
    }

    private void visitSecond(int firstIndex, long table, TableVisitor visitor) {
        for (int j = 0; j < SECOND_LEVEL_ENTRIES; j++) {
            PhysAddr second = new PhysAddr(table + (long) j * WORD_BYTES);
            int word = memory.read(second);
            if ((word & 3) != 0) {
                visitor.leaf(2, (long) firstIndex * SECOND_LEVEL_ENTRIES + j, Integer.toUnsignedLong(word), second);
            }
        }
    }

    void visitBlocks(Entries entries, TableBlockVisitor visitor) {
        visitor.block(1, root, FIRST_LEVEL_BYTES);
        for (int i = 0; i < FIRST_LEVEL_ENTRIES; i++) {
            long table = entries.tableOf(memory.read(new PhysAddr(root.value() + (long) i * WORD_BYTES)));
            if (table >= 0 && isRam(table)) {
                visitor.block(2, new PhysAddr(table), SECOND_LEVEL_BYTES);
            }
        }
    }
}
