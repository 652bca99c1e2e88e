package org.dmalab.engine.pagetable;

import java.util.List;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/**
 * The entries of the NVIDIA Tegra20 GART ({@code drivers/iommu/tegra-gart.c}): one register per page of a 32 MiB aperture,
 * reached through the memory controller's {@code GART_ENTRY_ADDR} and {@code GART_ENTRY_DATA}. Nothing of it lies in RAM.
 *
 * <pre>
 * entry   8192 words, index (IOVA - 0x58000000)[24:12]
 *   [31] valid, [30:12] PA[30:12]
 * </pre>
 *
 * <p>There are no permissions, and what lies outside the aperture passes untranslated. {@code iova_to_phys} leaves the page
 * offset out and answers an IOVA outside the aperture with {@code -EINVAL} as an address. Both eras overwrite silently; that
 * of Linux 3.14 clears a page and reports 0 bytes, so that {@code iommu_unmap} stops after one.
 */
public final class TegraGartTable extends SocTable {
    /** What the board's device tree names: 32 MiB. */
    public static final AddrRange<DmaAddr> APERTURE = new AddrRange<>(new DmaAddr(0x58000000L), 0x02000000L);

    /** {@code GART_ENTRY_DATA} in the memory controller at 0x7000f000. */
    public static final PhysAddr ENTRY_DATA = new PhysAddr(0x7000F02CL);

    /** The one size the driver offers. */
    public static final List<PageSize> PAGE_SIZES = List.of(PageSize.SMALL_4K);

    private static final String DRIVER = "tegra-gart";
    private static final int ENTRIES = 8192;
    private static final int VALID = 1 << 31;
    private static final int PHYS_MASK = 0x7FFFF000;

    private final boolean modern;
    private final LongPredicate pfnValid;
    private final int[] entries = new int[ENTRIES];

    /**
     * No page is mapped.
     *
     * @param pfnValid which page frames the kernel knows ({@code pfn_valid}); the driver of Linux 3.14 maps no other
     * @throws IllegalArgumentException for Linux 6.12, which has no such driver
     */
    public TegraGartTable(Era era, LongPredicate pfnValid) {
        super(PAGE_SIZES, 32);
        if (era.atLeast(Era.V6_12)) {
            throw new IllegalArgumentException("era must be before Linux 6.12, which has no tegra-gart: " + era);
        }
        this.modern = era.atLeast(Era.V6_1);
        this.pfnValid = pfnValid;
    }

    /** The register through which every entry is read and written. */
    @Override
    public PhysAddr root() {
        return ENTRY_DATA;
    }

    @Override
    public AddrRange<DmaAddr> aperture() {
        return APERTURE;
    }

    private static boolean isInside(long iova) {
        return iova >= APERTURE.start().value() && iova <= APERTURE.last();
    }

    private static int index(long iova) {
        return (int) ((iova - APERTURE.start().value()) >>> PageSize.PAGE_SHIFT);
    }

    @Override
    boolean mapPage(long iova, long phys, int shift, int prot) {
        if (!isInside(iova)) {
            return bad(iova, phys, "the aperture is " + APERTURE);
        }
        if (!modern && !pfnValid.test(phys >>> PageSize.PAGE_SHIFT)) {
            return bad(iova, phys, "the kernel knows no such page frame (pfn_valid)");
        }
        int index = index(iova);
        if (entries[index] != 0) {
            met(DriverQuirk.Kind.OVERWRITTEN, iova, ENTRY_DATA, entries[index]);
        }
        int entry = (int) phys | VALID;
        if ((int) phys < 0) {
            met(DriverQuirk.Kind.ADDRESS_BIT_LOST, iova, ENTRY_DATA, entry);
        }
        entries[index] = entry;
        return true;
    }

    private boolean bad(long iova, long phys, String why) {
        return refuse(new MapRefusal.BadArgument(DRIVER, new DmaAddr(iova), new PhysAddr(phys), Errno.EINVAL, why));
    }

    @Override
    long unmapPage(long iova, int shift) {
        if (!isInside(iova)) {
            return 0;
        }
        int index = index(iova);
        if (!modern) {
            met(DriverQuirk.Kind.UNMAP_REPORTS_NOTHING, iova, ENTRY_DATA, entries[index]);
        }
        entries[index] = 0;
        return modern ? PageSize.PAGE_BYTES : 0;
    }

    /** No word is read from RAM, and {@code memo} hears nothing. */
    @Override
    public Translation walk(DmaAddr address, Access access, WalkMemo memo) {
        long iova = input(address);
        if (!isInside(iova)) {
            return mapped(iova, PageSize.SMALL_4K.alignDown(iova), PageSize.SMALL_4K, 1, ENTRY_DATA, 0);
        }
        int entry = entries[index(iova)];
        return (entry & VALID) == 0
                ? fault(FaultKind.TRANSLATION, 1, ENTRY_DATA, entry)
                : mapped(iova, entry & PHYS_MASK, PageSize.SMALL_4K, 1, ENTRY_DATA, entry);
    }

    @Override
    public PhysAddr iovaToPhys(DmaAddr address) {
        long iova = input(address);
        return isInside(iova)
                ? new PhysAddr(entries[index(iova)] & PHYS_MASK)
                : new PhysAddr(Integer.toUnsignedLong(-Errno.EINVAL.number()));
    }

    @Override
    public void visit(TableVisitor visitor) {
        for (int i = 0; i < ENTRIES; i++) {
            if (entries[i] != 0) {
                long page = (APERTURE.start().value() >>> PageSize.PAGE_SHIFT) + i;
                visitor.leaf(1, page, Integer.toUnsignedLong(entries[i]), ENTRY_DATA);
            }
        }
    }

    /** There is none. */
    @Override
    public void visitBlocks(TableBlockVisitor visitor) {}

    /** The entries in ascending order as one block at address 0, since no RAM holds them. */
    @Override
    public TableDump dumpTables(PhysicalMemory ram) {
        return TableDump.ofWords(this, entries.clone());
    }
}
