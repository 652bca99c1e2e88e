package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * The physical address register as an address translation operation with short descriptors leaves it (ARM DDI 0406C B4.1.112).
 *
 * <pre>
 * success   [31:12] PA, [10] NOS, [9] NS, [7] SH, [6:4] inner, [3:2] outer, [1] SS = 0, [0] F = 0
 *           a supersection: [31:24] PA, [23:16] PA[39:32], SS = 1
 * failure   [6] FS[5], [5] FS[4], [4:1] FS[3:0], [0] F = 1
 * </pre>
 *
 * <p>FS: translation 5 and 7, access flag 3 and 6, domain 9 and 11, permission 13 and 15, external abort on the walk 12 and 14,
 * for the first and the second level.
 */
public final class ShortPar {
    /** What a PAR says of the memory's attributes. */
    public enum Detail {
        /** NS only, and of a supersection PA[31:24] only: QEMU. */
        ADDRESS,
        /** All of it. */
        ATTRIBUTES
    }

    private static final int NOS = 1 << 10;
    private static final int NS = 1 << 9;
    private static final int SH = 1 << 7;
    private static final int SS = 1 << 1;
    private static final int STRONGLY_ORDERED = 0;
    private static final int DEVICE = 1;
    /** Inner attributes of PAR by NMRR's: non-cacheable, write-back allocating, write-through, write-back. */
    private static final int[] INNER = {0, 5, 6, 7};

    private ShortPar() {}

    /** The register after the walk of {@code ram} by {@code config} that ended in {@code result}. */
    public static int of(Translation result, ShortDescriptorConfig config, PhysicalMemory ram, long va, Detail detail) {
        return result.fold(mapped -> success(mapped, config, ram, va, detail), ShortPar::failure);
    }

    private static int failure(Translation.Fault fault) {
        int status = switch (fault.kind()) {
            case TRANSLATION -> 5;
            case ACCESS_FLAG -> 3;
            case DOMAIN -> 9;
            case PERMISSION -> 13;
            case EXTERNAL_ABORT, ADDRESS_SIZE -> 12;
        };
        if (fault.level() == 2) {
            status = fault.kind() == FaultKind.ACCESS_FLAG ? 6 : status + 2;
        }
        return (status & 15) << 1 | (status >>> 4) << 5 | 1;
    }

    private static int success(
            Translation.Mapped mapped, ShortDescriptorConfig config, PhysicalMemory ram, long va, Detail detail) {
        int word = (int) mapped.descriptor();
        long address = mapped.address().value();
        boolean large = mapped.level() == 1 && ShortDescriptor.isSupersection(word);
        int par = large ? ((int) address & 0xFF000000) | SS : (int) address & 0xFFFFF000;
        if (!config.secure() || isNonSecure(mapped, config, ram, va)) {
            par |= NS;
        }
        if (detail == Detail.ADDRESS) {
            return par;
        }
        return par | (large ? (int) (address >>> 32 & 0xFF) << 16 : 0) | attributes(mapped.level(), word, config);
    }

    private static boolean isNonSecure(
            Translation.Mapped mapped, ShortDescriptorConfig config, PhysicalMemory ram, long va) {
        if (mapped.level() == 1) {
            return (mapped.descriptor() & ShortDescriptor.SECTION_NS) != 0;
        }
        PhysAddr first = new ShortDescriptorWalker(ram, config).firstLevel(va);
        return (ram.readWord(first) & ShortDescriptor.TABLE_NS) != 0;
    }

    /** By TEX remap (ARM DDI 0406C B3.8.3). */
    private static int attributes(int level, int word, ShortDescriptorConfig config) {
        int number = ShortDescriptor.memoryClass(level, word);
        boolean s = ShortDescriptor.isShareable(level, word);
        int type = config.prrr() >>> (2 * number) & 3;
        if (type == STRONGLY_ORDERED) {
            return 1 << 4 | SH;
        }
        if (type == DEVICE) {
            return 3 << 4 | (config.prrr() >>> (s ? 17 : 16) & 1) * SH;
        }
        int inner = config.nmrr() >>> (2 * number) & 3;
        int outer = config.nmrr() >>> (2 * number + 16) & 3;
        int shared = config.prrr() >>> (s ? 19 : 18) & 1;
        int outerNot = config.prrr() >>> (24 + number) & 1 & shared;
        return INNER[inner] << 4 | outer << 2 | shared * SH | outerNot * NOS;
    }
}
