package org.dmalab.engine.iommu;

import java.util.Optional;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * A page as an IO-TLB has it.
 *
 * @param domain the number of the domain whose table was walked
 * @param iova where the page begins
 * @param size of the page
 * @param phys where it leads; nowhere if it is an empty page of a group
 * @param readable whether the descriptors allowed reading when they were walked
 * @param writable whether they allowed writing
 * @param locked whether it was loaded to stay, and the IO-TLB not flushed as a whole since
 * @param stale whether the table says otherwise by now
 */
public record IoTlbEntry(
        int domain,
        DmaAddr iova,
        PageSize size,
        Optional<PhysAddr> phys,
        boolean readable,
        boolean writable,
        boolean locked,
        boolean stale) {
    /** {@code RW}, {@code R-}, {@code -W}; {@code --} for an empty page. */
    public String rights() {
        return (readable ? "R" : "-") + (writable ? "W" : "-");
    }

    /** {@code 0x20000000 64 KiB -> 0x40010000 RW STALE}. */
    @Override
    public String toString() {
        return iova + " " + size + " -> " + phys.map(PhysAddr::toString).orElse("nothing") + " " + rights()
                + (locked ? " locked" : "") + (stale ? " STALE" : "");
    }
}
