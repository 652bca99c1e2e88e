package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What the drivers of the systems on a chip of 2011 and 2012 share: each call enters or removes one page, 32 bits of input
 * address, and the first page that goes wrong ends a run of them.
 */
abstract class SocTable implements PageTable {
    private static final AddrRange<DmaAddr> FOUR_GIB = new AddrRange<>(new DmaAddr(0), 1L << 32);

    private final List<PageSize> pageSizes;
    private final long sizeBits;
    private final int outputBits;
    private final QuirkLog quirkLog = new QuirkLog();
    private long warnings;
    private @Nullable Reason refusal;

    SocTable(List<PageSize> pageSizes, int outputBits) {
        this.pageSizes = pageSizes;
        this.sizeBits = pageSizes.stream().mapToLong(PageSize::bytes).sum();
        this.outputBits = outputBits;
    }

    /**
     * Enters one page; its arguments fit.
     *
     * @return whether the driver counts it as mapped; if not, it called {@link #refuse}
     */
    abstract boolean mapPage(long iova, long phys, int shift, int prot);

    /** Removes one page of at most {@code 1 << shift} bytes; the bytes that the driver counts as unmapped. */
    abstract long unmapPage(long iova, int shift);

    @Override
    public final List<PageSize> pageSizes() {
        return pageSizes;
    }

    @Override
    public AddrRange<DmaAddr> aperture() {
        return FOUR_GIB;
    }

    @Override
    public final long map(DmaAddr iova, PhysAddr phys, PageSize size, int count, IommuProt prot) {
        requireRun(iova, size, count);
        if (!size.isAligned(phys.value())) {
            throw new IllegalArgumentException("phys must be a multiple of " + size + ": " + phys);
        }
        long bytes = size.bytes();
        for (int i = 0; i < count; i++) {
            long done = i * bytes;
            if ((phys.value() + done) >>> outputBits != 0) {
                refusal = new MapRefusal.BeyondOutput(iova.plus(done), phys.plus(done), outputBits);
                return done;
            }
            if (!mapPage(iova.value() + done, phys.value() + done, size.shift(), prot.bits())) {
                return done;
            }
        }
        return count * bytes;
    }

    @Override
    public final long unmap(DmaAddr iova, PageSize size, int count) {
        requireRun(iova, size, count);
        long bytes = size.bytes();
        long done = 0;
        for (int i = 0; i < count; i++) {
            long removed = unmapPage(iova.value() + done, size.shift());
            done += removed;
            if (removed != bytes) {
                return done;
            }
        }
        return done;
    }

    private void requireRun(DmaAddr iova, PageSize size, int count) {
        if ((sizeBits & size.bytes()) == 0) {
            throw new IllegalArgumentException("page size must be one of " + pageSizes + ": " + size);
        }
        if (count <= 0) {
            throw new IllegalArgumentException("count must be positive: " + count);
        }
        if (!size.isAligned(iova.value())) {
            throw new IllegalArgumentException("iova must be a multiple of " + size + ": " + iova);
        }
        if (Long.compareUnsigned(iova.value(), 1L << 32) >= 0 || count > ((1L << 32) - iova.value()) >>> size.shift()) {
            throw new IllegalArgumentException(
                    "pages must lie below " + Addresses.hex(1L << 32) + ": " + count + " of " + size + " at " + iova);
        }
    }

    /** The walker's and the driver's input must be an address of the table. */
    static long input(DmaAddr iova) {
        if (iova.value() >>> 32 != 0) {
            throw new IllegalArgumentException("IOVA must be below 4 GiB for this table: " + iova);
        }
        return iova.value();
    }

    /** Remembers why a page is not entered; false, for {@link #mapPage} to return. */
    final boolean refuse(Reason why) {
        refusal = why;
        return false;
    }

    @Override
    public final Reason refusal() {
        if (refusal == null) {
            throw new IllegalStateException("no map was refused by this table");
        }
        return refusal;
    }

    final void warn() {
        warnings++;
    }

    @Override
    public final long warnings() {
        return warnings;
    }

    final void met(DriverQuirk.Kind kind, long iova, PhysAddr at, int descriptor) {
        quirkLog.met(kind, iova, at, descriptor);
    }

    @Override
    public final List<DriverQuirk> quirks() {
        return quirkLog.quirks();
    }

    static Translation mapped(long iova, long base, PageSize size, int level, PhysAddr at, int word) {
        return new Translation.Mapped(
                new PhysAddr(base + (iova & (size.bytes() - 1))), size, level, at, Integer.toUnsignedLong(word));
    }

    static Translation fault(FaultKind kind, int level, PhysAddr at, int word) {
        return new Translation.Fault(kind, level, at, Integer.toUnsignedLong(word));
    }

    /** {@code OmapTable at 0x40010000, pages of 4 KiB, 64 KiB, 1 MiB, 16 MiB}. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + " at " + root() + ", pages of "
                + String.join(", ", pageSizes().stream().map(PageSize::toString).toList());
    }
}
