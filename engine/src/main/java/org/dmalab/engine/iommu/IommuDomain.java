package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;

/**
 * One translation shared by the IOMMUs attached to it ({@code struct iommu_domain}). It enters what it is told where it is
 * told; who chooses the addresses is above.
 */
public final class IommuDomain {
    /** 32 address bits ({@code domain.geometry}). */
    private static final long APERTURE_BYTES = 1L << 32;

    private final int id;
    private final ExynosSysmmuTable table;
    private final TraceSink trace;
    private int attached;

    /** Sizes or addresses that no page of this IOMMU fits. */
    public record Misaligned(DmaAddr iova, PhysAddr phys, long bytes, PageSize smallest) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "unaligned: iova " + iova + " pa " + phys + " size " + Addresses.hex(bytes) + " min_pagesz "
                    + Addresses.hex(smallest.bytes());
        }

        @Override
        public String explain() {
            return "asked to map " + bytes + " bytes from " + phys + " at IOVA " + iova
                    + "; all three must be multiples of the smallest page, " + smallest;
        }
    }

    /** Addresses that this IOMMU cannot translate. */
    public record OutsideAperture(DmaAddr iova, long bytes) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "iova " + iova + " size " + Addresses.hex(bytes) + " is outside the aperture";
        }

        @Override
        public String explain() {
            return "asked to map " + bytes + " bytes at IOVA " + iova
                    + "; the IOMMU translates addresses below 4 GiB only: choose" + " a window that ends there";
        }
    }

    /** A domain numbered {@code id} that translates by {@code table}. */
    public IommuDomain(int id, ExynosSysmmuTable table, TraceSink trace) {
        this.id = id;
        this.table = table;
        this.trace = trace;
    }

    /** Its number, as the trace events carry it. */
    public int id() {
        return id;
    }

    /** The root of its table in RAM. */
    public PhysAddr tableRoot() {
        return table.root();
    }

    /** The page sizes it can enter, smallest first. */
    public List<PageSize> pageSizes() {
        return ExynosSysmmuTable.PAGE_SIZES;
    }

    /** One more IOMMU walks this table and must be told of each unmap. */
    void attached() {
        attached++;
    }

    /**
     * Makes {@code [iova, iova + bytes)} lead to {@code phys} and on ({@code iommu_map}), in pages as large as the
     * addresses allow. On failure nothing of the range stays mapped, unless the era's driver left it so.
     *
     * @return the range, EINVAL if something is not a multiple of the smallest page, or the table's reason
     */
    public Outcome<AddrRange<DmaAddr>> map(DmaAddr iova, PhysAddr phys, long bytes) {
        PageSize smallest = pageSizes().get(0);
        if (bytes <= 0 || !smallest.isAligned(iova.value() | phys.value() | bytes)) {
            return Outcome.failed(new Misaligned(iova, phys, bytes, smallest));
        }
        if (Long.compareUnsigned(iova.value(), APERTURE_BYTES) >= 0 || bytes > APERTURE_BYTES - iova.value()) {
            return Outcome.failed(new OutsideAperture(iova, bytes));
        }
        for (long done = 0; done < bytes; ) {
            PageSize size = pageSize((iova.value() + done) | (phys.value() + done), bytes - done);
            Outcome<PageSize> entered = table.map(iova.plus(done), phys.plus(done), size);
            if (entered instanceof Outcome.Failed<PageSize> failed) {
                if (done > 0) {
                    unmap(new AddrRange<>(iova, done)).sync();
                }
                return Outcome.failed(failed.reason());
            }
            done += size.bytes();
        }
        trace.iommuMapped(id, iova.value(), phys.value(), bytes);
        return Outcome.done(new AddrRange<>(iova, bytes));
    }

    /**
     * Makes {@code range} untranslatable ({@code iommu_unmap}); IO-TLBs may still know it until the gather is synced.
     *
     * @return what is owed to the IO-TLBs, and how many bytes the table counts as unmapped
     */
    public IotlbGather unmap(AddrRange<DmaAddr> range) {
        PageSize smallest = pageSizes().get(0);
        if (!smallest.isAligned(range.start().value() | range.bytes())) {
            throw new IllegalArgumentException("range must be whole pages of " + smallest + ": " + range);
        }
        long done = 0;
        int pages = 0;
        while (done < range.bytes()) {
            DmaAddr iova = range.start().plus(done);
            done += table.unmap(iova, pageSize(iova.value(), range.bytes() - done));
            pages++;
        }
        trace.iommuUnmapped(id, range.start().value(), done);
        return new IotlbGather(this, range.start(), done, pages);
    }

    /** Tells every attached IOMMU to forget what {@code gather} names. */
    void invalidate(IotlbGather gather) {
        if (attached > 0) {
            trace.iotlbInvalidated(id, gather.start().value(), gather.unmappedBytes(), attached * gather.pages());
        }
    }

    /** Where {@code iova} leads, by a walk of the table in RAM ({@code iommu_iova_to_phys}, and what the hardware does). */
    public Translation translate(DmaAddr iova) {
        return table.walk(iova);
    }

    /** {@code iommu_pgsize}: the largest page not longer than {@code bytes} that divides {@code addresses}. */
    private PageSize pageSize(long addresses, long bytes) {
        List<PageSize> sizes = pageSizes();
        for (int i = sizes.size() - 1; i > 0; i--) {
            if (sizes.get(i).bytes() <= bytes && sizes.get(i).isAligned(addresses)) {
                return sizes.get(i);
            }
        }
        return sizes.get(0);
    }

    @Override
    public String toString() {
        return "domain " + id + ", table at " + table.root() + ", " + attached + " IOMMUs, pages of "
                + String.join(
                        ", ",
                        pageSizes().stream()
                                .map(size -> Bytes.text(size.bytes()))
                                .toList());
    }
}
