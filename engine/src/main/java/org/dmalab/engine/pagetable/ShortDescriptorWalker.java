package org.dmalab.engine.pagetable;

import static org.dmalab.engine.pagetable.ShortDescriptor.TYPE_FAULT;
import static org.dmalab.engine.pagetable.ShortDescriptor.TYPE_MASK;
import static org.dmalab.engine.pagetable.ShortDescriptor.TYPE_PAGE;
import static org.dmalab.engine.pagetable.ShortDescriptor.TYPE_TABLE;
import static org.dmalab.engine.pagetable.ShortDescriptor.WORD_BYTES;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Order;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Reach;
import org.jspecify.annotations.Nullable;

/** The hardware that walks {@link ShortDescriptor short descriptors} in RAM (ARM DDI 0406C B3.5, B3.12). */
public final class ShortDescriptorWalker {
    private static final int NO_ACCESS = 0;
    private static final int RESERVED = 2;
    private static final int MANAGER = 3;
    private static final int AP_FLAG = 1;
    private static final int SECTION_SHIFT = 20;

    private final WalkedRam ram;
    private final ShortDescriptorConfig config;
    private final long ttbr0;
    private final long ttbr1;
    private final int inputBits;
    /** Input bits of which one set sends an address to TTBR1. */
    private final long upper;

    private final boolean afe;
    private final boolean pxn;
    private final boolean mediatek;
    private final boolean domainFirst;

    /** A walker of the tables in {@code ram} that {@code config} names. */
    public ShortDescriptorWalker(PhysicalMemory ram, ShortDescriptorConfig config) {
        this.ram = new WalkedRam(ram, config.ttbr0());
        this.config = config;
        ttbr0 = config.ttbr0().value();
        ttbr1 = config.ttbr1().value();
        inputBits = config.reach().inputBits();
        upper = config.n() == 0 ? 0 : -1L << (32 - config.n()) & 0xFFFFFFFFL;
        afe = config.afe();
        pxn = config.pxn();
        mediatek = config.reach() == Reach.MEDIATEK;
        domainFirst = config.order() == Order.QEMU;
    }

    /** Its registers. */
    public ShortDescriptorConfig config() {
        return config;
    }

    /**
     * Walks for one access.
     *
     * @throws IllegalArgumentException if the address has more bits than an input
     */
    public Translation walk(DmaAddr address, Access access) {
        return walk(address, access, WalkMemo.NONE);
    }

    /** The same by a walker that keeps descriptors in {@code memo}. */
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        long iova = address.value();
        if (iova >>> inputBits != 0) {
            throw new IllegalArgumentException("address must have at most " + inputBits + " bits: " + address);
        }
        PhysAddr at = firstLevel(iova);
        if ((config.ttbcr() & ((iova & upper) != 0 ? ShortDescriptorConfig.PD1 : ShortDescriptorConfig.PD0)) != 0) {
            return fault(FaultKind.TRANSLATION, 1, at, 0);
        }
        long kept = memo.recall(at.value());
        if (kept == WalkMemo.NOTHING && !ram.holds(at.value())) {
            return fault(FaultKind.EXTERNAL_ABORT, 1, at, 0);
        }
        int word = kept == WalkMemo.NOTHING ? ram.word(at.value()) : (int) kept;
        int type = word & TYPE_MASK;
        boolean nothing = type == TYPE_FAULT || (type == (TYPE_PAGE | 1) && !pxn);
        if (kept == WalkMemo.NOTHING) {
            WalkMemo.Found found =
                    nothing ? WalkMemo.Found.FAULT : type == TYPE_TABLE ? WalkMemo.Found.TABLE : WalkMemo.Found.PAGE;
            memo.read(at.value(), Integer.toUnsignedLong(word), found, iova, SECTION_SHIFT);
        }
        if (nothing) {
            return fault(FaultKind.TRANSLATION, 1, at, word);
        }
        return type == TYPE_TABLE ? secondLevel(iova, access, at, word, memo) : section(iova, access, at, word);
    }

    /** The first-level word of an address. */
    PhysAddr firstLevel(long iova) {
        return new PhysAddr(((iova & upper) != 0 ? ttbr1 : ttbr0) + (iova >>> 20) * WORD_BYTES);
    }

    private Translation section(long iova, Access access, PhysAddr at, int word) {
        boolean large = ShortDescriptor.isSupersection(word);
        int domain = domain(large ? 0 : word >>> ShortDescriptor.DOMAIN_SHIFT & ShortDescriptor.DOMAIN_MASK);
        FaultKind denied = denied(
                domain,
                ShortDescriptor.sectionAp(word),
                (word & ShortDescriptor.SECTION_XN) != 0,
                pxn && (word & ShortDescriptor.SECTION_PXN) != 0,
                access);
        if (denied != null) {
            return fault(denied, 1, at, word);
        }
        if (!large) {
            return mapped(iova, word & ShortDescriptor.SECTION_ADDRESS, high(word), PageSize.SECTION_1M, 1, at, word);
        }
        long above = mediatek ? high(word) : ShortDescriptor.supersectionAddress(word) & 0xFF00000000L;
        int base = word & ShortDescriptor.SUPERSECTION_ADDRESS;
        return mapped(iova, base, above, PageSize.SUPERSECTION_16M, 1, at, word);
    }

    private Translation secondLevel(long iova, Access access, PhysAddr firstAt, int first, WalkMemo memo) {
        int domain = domain(first >>> ShortDescriptor.DOMAIN_SHIFT & ShortDescriptor.DOMAIN_MASK);
        PhysAddr at = new PhysAddr(ShortDescriptor.tableAddress(first) + (iova >>> 12 & 255) * WORD_BYTES);
        if (domainFirst && isDenied(domain)) {
            return fault(FaultKind.DOMAIN, 2, firstAt, first);
        }
        if (!ram.holds(at.value())) {
            return fault(FaultKind.EXTERNAL_ABORT, 2, at, 0);
        }
        int word = ram.word(at.value());
        boolean nothing = (word & TYPE_MASK) == TYPE_FAULT;
        memo.read(
                at.value(),
                Integer.toUnsignedLong(word),
                nothing ? WalkMemo.Found.FAULT : WalkMemo.Found.PAGE,
                iova,
                PageSize.PAGE_SHIFT);
        if (nothing) {
            return fault(FaultKind.TRANSLATION, 2, at, word);
        }
        boolean small = (word & TYPE_PAGE) != 0;
        boolean never = (word & (small ? ShortDescriptor.SMALL_XN : ShortDescriptor.LARGE_XN)) != 0;
        boolean neverPrivileged = pxn && (first & ShortDescriptor.TABLE_PXN) != 0;
        FaultKind denied = denied(domain, ShortDescriptor.pageAp(word), never, neverPrivileged, access);
        if (denied != null) {
            return fault(denied, 2, at, word);
        }
        int base = word & (small ? ShortDescriptor.SMALL_ADDRESS : ShortDescriptor.LARGE_ADDRESS);
        return mapped(iova, base, high(word), small ? PageSize.SMALL_4K : PageSize.LARGE_64K, 2, at, word);
    }

    private long high(int word) {
        return mediatek ? ShortDescriptor.mediatekHigh(word) : 0;
    }

    private int domain(int number) {
        return config.dacr() >>> (2 * number) & 3;
    }

    private static boolean isDenied(int domain) {
        return domain == NO_ACCESS || domain == RESERVED;
    }

    private @Nullable FaultKind denied(int domain, int ap, boolean never, boolean neverPrivileged, Access access) {
        if (!domainFirst && afe && (ap & AP_FLAG) == 0) {
            return FaultKind.ACCESS_FLAG;
        }
        if (isDenied(domain)) {
            return FaultKind.DOMAIN;
        }
        if (domain == MANAGER) {
            return null;
        }
        if (domainFirst && afe && (ap & AP_FLAG) == 0) {
            return FaultKind.ACCESS_FLAG;
        }
        boolean allowed =
                allows(ap, access) && !(access.isExecute() && (never || (neverPrivileged && access.isPrivileged())));
        return allowed ? null : FaultKind.PERMISSION;
    }

    /** ARM DDI 0406C tables B3-8 and B3-9. */
    private boolean allows(int ap, Access access) {
        boolean readOnly = (ap & 4) != 0;
        if (access.isWrite() && readOnly) {
            return false;
        }
        if (afe) {
            return access.isPrivileged() || (ap & 2) != 0;
        }
        if ((ap & 3) == 0) {
            return false;
        }
        if (access.isPrivileged()) {
            return true;
        }
        return (ap & 2) != 0 && (ap != 2 || !access.isWrite());
    }

    private static Translation mapped(
            long iova, int base, long above, PageSize size, int level, PhysAddr at, int word) {
        long address = Integer.toUnsignedLong(base) | above | (iova & (size.bytes() - 1));
        return new Translation.Mapped(new PhysAddr(address), size, level, at, Integer.toUnsignedLong(word));
    }

    private static Translation fault(FaultKind kind, int level, PhysAddr at, int word) {
        return new Translation.Fault(kind, level, at, Integer.toUnsignedLong(word));
    }
}
