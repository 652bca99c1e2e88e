package org.dmalab.engine.iommu;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/** Why a range is refused before any table is asked. */
public sealed interface MapArguments extends Reason {
    @Override
    default Errno errno() {
        return Errno.EINVAL;
    }

    /** Sizes or addresses that no page of this IOMMU fits. */
    record Misaligned(DmaAddr iova, PhysAddr phys, long bytes, PageSize smallest) implements MapArguments {
        @Override
        public String message() {
            return "unaligned: iova " + iova + " pa " + phys + " size " + Addresses.hex(bytes) + " min_pagesz "
                    + Addresses.hex(smallest.bytes());
        }

        @Override
        public String explain() {
            return "asked to map " + bytes + " bytes from " + phys + " at IOVA " + iova
                    + "; all three must be multiples of the smallest page, " + smallest
                    + (smallest.isAligned(iova.value())
                            ? ""
                            : "; an address that an allocator chose is none if its window does not begin at one");
        }
    }

    /** Addresses that this IOMMU cannot translate. */
    record OutsideAperture(DmaAddr iova, long bytes, AddrRange<DmaAddr> aperture) implements MapArguments {
        @Override
        public String message() {
            return "iova " + iova + " size " + Addresses.hex(bytes) + " is outside the aperture";
        }

        @Override
        public String explain() {
            return "asked to map " + bytes + " bytes at IOVA " + iova + "; the IOMMU translates the addresses "
                    + aperture + " only: choose a window inside";
        }
    }

    /**
     * A map or unmap in a domain that has no table.
     *
     * @param call the kernel's function, {@code iommu_unmap}
     */
    record NoTable(String call, DmaAddr iova, long bytes, DomainType type) implements MapArguments {
        @Override
        public String message() {
            return call + ": " + errno().text();
        }

        @Override
        public String explain() {
            return "asked to map or unmap " + bytes + " bytes at IOVA " + iova + " in a domain of type " + type
                    + ", which has no table: attach the device to a domain of type UNMANAGED or DMA";
        }
    }

    /** An unmap of what is not whole pages. */
    record MisalignedUnmap(AddrRange<DmaAddr> range, PageSize smallest, Era era) implements MapArguments {
        @Override
        public String message() {
            return "unaligned: iova " + range.start() + " size " + Addresses.hex(range.bytes()) + " min_pagesz "
                    + Addresses.hex(smallest.bytes());
        }

        @Override
        public String explain() {
            return "asked to unmap " + range.bytes() + " bytes at IOVA " + range.start()
                    + "; both must be multiples of the smallest page, " + smallest + ". iommu_unmap of " + era
                    + (era.atLeast(Era.V6_1) ? " returns 0" : " returns -EINVAL as a size, a huge number");
        }
    }
}
