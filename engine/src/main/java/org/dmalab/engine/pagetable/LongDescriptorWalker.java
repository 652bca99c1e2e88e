package org.dmalab.engine.pagetable;

import static org.dmalab.engine.pagetable.LongDescriptor.LAST_LEVEL;
import static org.dmalab.engine.pagetable.LongDescriptor.WORD_BYTES;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Quirk;
import org.jspecify.annotations.Nullable;

/** The hardware that walks {@link LongDescriptor long descriptors} in RAM (ARM DDI 0487 D8.2; ARM DDI 0406C B3.6). */
public final class LongDescriptorWalker {
    private final WalkedRam ram;
    private final LongDescriptorConfig config;
    private final long root;
    private final int granuleShift;
    private final int startLevel;
    private final int bitsPerLevel;
    private final int startShift;
    private final long indexMask;
    private final long inputLimit;
    /** Address bits a descriptor has. */
    private final long addressMask;
    /** Address bits that make an address size fault. */
    private final long tooFar;

    private final PageSize[] sizes = new PageSize[LAST_LEVEL + 1];
    private final boolean[] blocks = new boolean[LAST_LEVEL + 1];
    private final boolean stage2;
    private final boolean aarch32;
    private final boolean judgesAccessFlag;
    private final boolean writesOnly;
    private final boolean tablesAtOnce;

    /** A walker of the tables in {@code ram} that {@code config} names. */
    public LongDescriptorWalker(PhysicalMemory ram, LongDescriptorConfig config) {
        this.ram = new WalkedRam(ram, config.root());
        this.config = config;
        root = config.root().value();
        granuleShift = config.granuleShift();
        startLevel = config.startLevel();
        bitsPerLevel = LongDescriptor.bitsPerLevel(granuleShift);
        startShift = LongDescriptor.shift(granuleShift, startLevel);
        indexMask = (1L << bitsPerLevel) - 1;
        inputLimit = 1L << config.inputBits();
        stage2 = config.regime().stage() == 2;
        aarch32 = config.regime().isAarch32();
        boolean far = granuleShift == 16 && config.outputBits() > 48;
        // ARM DDI 0406C B3.6.1: bits 47:40 of a descriptor are not looked at.
        addressMask = aarch32 ? (1L << 40) - 1 : far ? (1L << 52) - 1 : (1L << 48) - 1;
        tooFar = addressMask & -(1L << config.outputBits());
        boolean anywhere = config.quirks().contains(Quirk.BLOCKS_AT_EVERY_LEVEL);
        for (int level = 0; level <= LAST_LEVEL; level++) {
            sizes[level] = new PageSize(LongDescriptor.shift(granuleShift, level));
            blocks[level] =
                    level < LAST_LEVEL && (anywhere || level == 2 || (level == 1 && (granuleShift == 12 || far)));
        }
        judgesAccessFlag = !config.quirks().contains(Quirk.IGNORES_ACCESS_FLAG);
        writesOnly = config.quirks().contains(Quirk.JUDGES_WRITES_ONLY);
        tablesAtOnce = config.quirks().contains(Quirk.JUDGES_TABLES_AT_ONCE);
    }

    /** Its registers. */
    public LongDescriptorConfig config() {
        return config;
    }

    /** Walks for one access. An address of too many bits is a fault at the first level there is, and no word is read. */
    public Translation walk(DmaAddr address, Access access) {
        return walk(address, access, WalkMemo.NONE);
    }

    /** The same by a walker that keeps descriptors in {@code memo}. */
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        return walk(address.value(), 0, access, memo);
    }

    /**
     * The same where all inputs have more bits in common than the walker looks at.
     *
     * @param common those bits, as {@code memo} is told them
     */
    Translation walk(long iova, long common, Access access, WalkMemo memo) {
        if (Long.compareUnsigned(iova, inputLimit) >= 0) {
            return fault(FaultKind.TRANSLATION, aarch32 ? 1 : 0, root, 0);
        }
        long at = root + (iova >>> startShift) * WORD_BYTES;
        long inherited = 0;
        int shift = startShift;
        int level = startLevel;
        while (true) {
            long kept = level == LAST_LEVEL ? WalkMemo.NOTHING : memo.recall(at);
            if (kept == WalkMemo.NOTHING && !ram.holds(at)) {
                return fault(FaultKind.EXTERNAL_ABORT, level, at, 0);
            }
            long word = kept == WalkMemo.NOTHING ? ram.descriptor(at) : kept;
            WalkMemo.Found found = found(word, level);
            if (kept == WalkMemo.NOTHING) {
                memo.read(at, word, found, iova | common, shift);
            }
            if (found == WalkMemo.Found.PAGE) {
                return leaf(iova, access, level, at, word, inherited);
            }
            if (found == WalkMemo.Found.FAULT) {
                return fault(FaultKind.TRANSLATION, level, at, word);
            }
            long table = LongDescriptor.address(word, granuleShift) & addressMask & -(1L << granuleShift);
            if ((table & tooFar) != 0) {
                return fault(FaultKind.ADDRESS_SIZE, level, at, word);
            }
            if (!stage2) {
                if (tablesAtOnce && access.isWrite() && (word & LongDescriptor.AP_TABLE_NO_WRITE) != 0) {
                    return fault(FaultKind.PERMISSION, level, at, word);
                }
                inherited |= word;
            }
            shift -= bitsPerLevel;
            level++;
            at = table + (iova >>> shift & indexMask) * WORD_BYTES;
        }
    }

    private WalkMemo.Found found(long word, int level) {
        if ((word & LongDescriptor.VALID) == 0) {
            return WalkMemo.Found.FAULT;
        }
        boolean wide = (word & LongDescriptor.TYPE_MASK) == LongDescriptor.TYPE_TABLE;
        if (wide && level < LAST_LEVEL) {
            return WalkMemo.Found.TABLE;
        }
        return wide || blocks[level] ? WalkMemo.Found.PAGE : WalkMemo.Found.FAULT;
    }

    private Translation leaf(long iova, Access access, int level, long at, long word, long inherited) {
        PageSize size = sizes[level];
        long base = LongDescriptor.address(word, granuleShift) & addressMask & -size.bytes();
        FaultKind denied = denied(base, access, word, inherited);
        if (denied != null) {
            return fault(denied, level, at, word);
        }
        long offset = iova & (size.bytes() - 1);
        return new Translation.Mapped(new PhysAddr(base | offset), size, level, new PhysAddr(at), word);
    }

    /** In the order of ARM DDI 0487 D8.15.2: address size, access flag, permission. */
    private @Nullable FaultKind denied(long base, Access access, long word, long inherited) {
        if ((base & tooFar) != 0) {
            return FaultKind.ADDRESS_SIZE;
        }
        if (judgesAccessFlag && (word & LongDescriptor.AF) == 0) {
            return FaultKind.ACCESS_FLAG;
        }
        return (stage2 ? allowsAtStage2(access, word) : allows(access, word, inherited)) ? null : FaultKind.PERMISSION;
    }

    private boolean allows(Access access, long word, long inherited) {
        boolean readOnly =
                (word & LongDescriptor.AP_READ_ONLY) != 0 || (inherited & LongDescriptor.AP_TABLE_NO_WRITE) != 0;
        if (access.isWrite() && readOnly) {
            return false;
        }
        if (writesOnly) {
            return true;
        }
        boolean user = (word & LongDescriptor.AP_USER) != 0 && (inherited & LongDescriptor.AP_TABLE_NO_USER) == 0;
        if (access.isExecute()) {
            return executes(access, user, !readOnly, word, inherited);
        }
        return user || access.isPrivileged();
    }

    /**
     * ARM DDI 0406C B3.7.2: XN is for all, and what cannot be read is not executed. ARM DDI 0487 D8.4: UXN is the user's, who
     * may execute what he cannot read, and what he can write is not executed with privilege.
     */
    private boolean executes(Access access, boolean user, boolean writable, long word, long inherited) {
        boolean xn = (word & LongDescriptor.XN) != 0 || (inherited & LongDescriptor.XN_TABLE) != 0;
        if (!access.isPrivileged()) {
            return !xn && (user || !aarch32);
        }
        boolean pxn = (word & LongDescriptor.PXN) != 0 || (inherited & LongDescriptor.PXN_TABLE) != 0;
        return !pxn && (aarch32 ? !xn : !(user && writable));
    }

    private boolean allowsAtStage2(Access access, long word) {
        if (access.isWrite()) {
            return (word & LongDescriptor.S2_WRITE) != 0;
        }
        if (writesOnly) {
            return true;
        }
        return (word & LongDescriptor.S2_READ) != 0 && !(access.isExecute() && (word & LongDescriptor.XN) != 0);
    }

    private static Translation fault(FaultKind kind, int level, long at, long word) {
        return new Translation.Fault(kind, level, new PhysAddr(at), word);
    }
}
