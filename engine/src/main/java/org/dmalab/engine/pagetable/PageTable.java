package org.dmalab.engine.pagetable;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * A translation table of one format as words in RAM: its writer, as the kernel's driver writes it ({@code struct
 * io_pgtable_ops}, or the {@code map} and {@code unmap} of an older driver), and the hardware's walker.
 *
 * <p>Which pages a range is cut into is decided above ({@code iommu_pgsize}); here every call names one page size.
 */
public interface PageTable {
    /** The sizes the writer enters, smallest first ({@code pgsize_bitmap}). */
    List<PageSize> pageSizes();

    /** What the hardware's table base register holds, without its attribute bits. */
    PhysAddr root();

    /** Every address that can be an input ({@code domain.geometry}). */
    AddrRange<DmaAddr> aperture();

    /**
     * Whether {@link #map} and {@link #unmap} answer for addresses beyond the aperture themselves, with the driver's errno;
     * otherwise they are a mistake there.
     */
    default boolean judgesAperture() {
        return false;
    }

    /**
     * Enters {@code count} pages ({@code map_pages}). {@code iova} and {@code phys} are multiples of {@code size}.
     *
     * @return how many bytes were entered before the end or the first refusal; if fewer than asked for,
     *     {@link #refusal} says why. A driver of an era that left words of a refused page behind leaves them.
     * @throws IllegalArgumentException if an address is not a multiple of {@code size}, or {@code size} or {@code count} is
     *     none this table knows
     */
    long map(DmaAddr iova, PhysAddr phys, PageSize size, int count, IommuProt prot);

    /** Why the last {@link #map} entered fewer bytes than it was asked for. */
    Reason refusal();

    /**
     * Removes up to {@code count} pages of {@code size} from {@code iova} on ({@code unmap_pages}); what walkers may still
     * hold of them is told to the table's {@link FlushOps}.
     *
     * @return how many bytes the driver counts as unmapped: 0 if it found nothing it would remove, more than asked for if it
     *     removes whole large pages
     */
    long unmap(DmaAddr iova, PageSize size, int count);

    /** Walks as the hardware does: a descriptor at each level, from RAM, and what the last allows. */
    default Translation walk(DmaAddr iova, Access access) {
        return walk(iova, access, WalkMemo.NONE);
    }

    /** The same by a walker that need not read what {@code memo} keeps, and tells it what it reads. */
    Translation walk(DmaAddr iova, Access access, WalkMemo memo);

    /** What the driver answers for {@code iova_to_phys}, which may differ from the hardware's walk; 0 for no translation. */
    default PhysAddr iovaToPhys(DmaAddr iova) {
        return walk(iova, Access.READ).fold(Translation.Mapped::address, fault -> new PhysAddr(0));
    }

    /** Shows every entry that is not a fault. */
    void visit(TableVisitor visitor);

    /** Shows the RAM that the table consists of, the first level first; each block once. */
    default void visitBlocks(TableBlockVisitor visitor) {
        PagesOfEntries.visit(this, visitor);
    }

    /** The table as text and as a binary image ({@code dumpTables} of the lab), its words read from {@code ram}. */
    default TableDump dumpTables(PhysicalMemory ram) {
        return TableDump.of(this, ram);
    }

    /** How often the driver's own checks fired ({@code WARN_ON}). */
    default long warnings() {
        return 0;
    }

    /** Which of its driver's known oddities this table met, the first of each kind; none if it met none. */
    default List<DriverQuirk> quirks() {
        return List.of();
    }
}
