package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What the io-pgtables of Linux 6.1 share: runs of pages, the checks of their arguments and the order of these checks, and
 * what they answer for addresses out of range.
 */
abstract class IoPgtable implements PageTable {
    private static final int ACCESS = IommuProt.READ_WRITE.bits();

    final TableMemory memory;
    final FlushOps flush;
    private final PhysAddr root;
    private final List<PageSize> pageSizes;
    private final long sizeBits;
    private final int ias;
    private final int oas;
    /** The bits of every address that are not below {@link #ias}. */
    final long upperHalf;

    private long warnings;
    private @Nullable Reason refusal;
    /** Whether it is about the map that goes on. */
    private boolean refused;

    IoPgtable(TableMemory memory, PhysAddr root, long sizeBits, IoPgtableConfig config, boolean upper, FlushOps flush) {
        this.memory = memory;
        this.root = root;
        this.sizeBits = sizeBits;
        this.pageSizes = IoPgtableConfig.sizes(sizeBits);
        this.ias = config.ias();
        this.oas = config.oas();
        this.upperHalf = upper ? -1L << ias : 0;
        this.flush = flush;
    }

    /**
     * Enters up to {@code count} pages; their arguments are in range.
     *
     * @return bytes entered before the end of a table, or before a page that {@link #refuse} was told of
     */
    abstract long mapRun(long iova, long phys, int shift, long count, int prot);

    /** Removes up to {@code count} pages; 0 if there is nothing to remove at the first. */
    abstract long unmapRun(long iova, int shift, long count);

    @Override
    public final List<PageSize> pageSizes() {
        return pageSizes;
    }

    @Override
    public final PhysAddr root() {
        return root;
    }

    @Override
    public final AddrRange<DmaAddr> aperture() {
        return new AddrRange<>(new DmaAddr(upperHalf), 1L << ias);
    }

    @Override
    public final boolean judgesAperture() {
        return true;
    }

    /** Whether {@code iova} is no input of this table. */
    final boolean isOutside(long iova) {
        return (iova & -1L << ias) != upperHalf;
    }

    /** {@code iova} without what all addresses of this table have in common. */
    final long input(long iova) {
        return iova ^ upperHalf;
    }

    @Override
    public final long map(DmaAddr iova, PhysAddr phys, PageSize size, int count, IommuProt prot) {
        requireRun(iova.value(), size, count);
        int shift = size.shift();
        if ((phys.value() & ((1L << shift) - 1)) != 0) {
            throw new IllegalArgumentException("phys must be a multiple of " + size + ": " + phys);
        }
        long bytes = (long) count << shift;
        long done = 0;
        refused = false;
        while (done < bytes) {
            long at = iova.value() + done;
            long to = phys.value() + done;
            if (isOutside(at) || to >>> oas != 0) {
                warnings++;
                refusal = new IoPgtableRefusal.OutOfRange(new DmaAddr(at), new PhysAddr(to), ias, oas);
                return done;
            }
            if ((prot.bits() & ACCESS) == 0) {
                refusal = new IoPgtableRefusal.NoAccess(new DmaAddr(at), prot);
                return done;
            }
            long entered = mapRun(at, to, shift, (bytes - done) >>> shift, prot.bits());
            done += entered;
            if (refused) {
                return done;
            }
        }
        return done;
    }

    @Override
    public final long unmap(DmaAddr iova, PageSize size, int count) {
        requireRun(iova.value(), size, count);
        int shift = size.shift();
        long bytes = (long) count << shift;
        long done = 0;
        while (done < bytes) {
            long at = iova.value() + done;
            long removed = isOutside(at) ? warned() : unmapRun(at, shift, (bytes - done) >>> shift);
            if (removed == 0) {
                break;
            }
            done += removed;
        }
        return done;
    }

    private void requireRun(long iova, PageSize size, int count) {
        int shift = size.shift();
        if ((sizeBits >>> shift & 1) == 0) {
            throw new IllegalArgumentException("page size must be one of " + pageSizes + ": " + size);
        }
        if (count <= 0 || count > Long.MAX_VALUE >>> shift) {
            throw new IllegalArgumentException("count must be positive and fit 64 bits of bytes: " + count);
        }
        if ((iova & ((1L << shift) - 1)) != 0) {
            throw new IllegalArgumentException("iova must be a multiple of " + size + ": " + new DmaAddr(iova));
        }
    }

    /** Remembers why a page is not entered; 0, for {@link #mapRun} to return. */
    final long refuse(Reason why) {
        refusal = why;
        refused = true;
        return 0;
    }

    /** A page or block stands in the way: the driver warns. */
    final long refuseExisting(long iova, int shift, int level, long at, long word) {
        warnings++;
        return refuse(
                new IoPgtableRefusal.Exists(new DmaAddr(iova), new PageSize(shift), level, new PhysAddr(at), word));
    }

    /** The page is larger than what a word of the first table covers, {@code 1 << largest} bytes: the driver warns. */
    final long refuseTooLarge(long iova, int shift, int largest) {
        warnings++;
        return refuse(new IoPgtableRefusal.TooLarge(new DmaAddr(iova), new PageSize(shift), new PageSize(largest)));
    }

    /** The driver warns that there is nothing to unmap; 0, for {@link #unmapRun} to return. */
    final long warned() {
        warnings++;
        return 0;
    }

    @Override
    public final Reason refusal() {
        if (refusal == null) {
            throw new IllegalStateException("no map was refused by this table");
        }
        return refusal;
    }

    @Override
    public final long warnings() {
        return warnings;
    }

    /** {@code OmapTable at 0x40010000, pages of 4 KiB, 64 KiB, 1 MiB, 16 MiB}. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + " at " + root() + ", pages of "
                + String.join(", ", pageSizes().stream().map(PageSize::toString).toList());
    }
}
