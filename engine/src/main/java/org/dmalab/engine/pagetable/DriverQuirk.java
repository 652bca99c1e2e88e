package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;

/**
 * A known oddity of a driver that a table met, and where it met it first.
 *
 * @param kind which
 * @param times how often so far
 * @param iova the address mapped or unmapped when it was met first
 * @param descriptorAddress where the word stands that it was about
 * @param descriptor what stood there
 */
public record DriverQuirk(Kind kind, long times, DmaAddr iova, PhysAddr descriptorAddress, long descriptor) {
    /** The oddities that are modelled. */
    public enum Kind {
        /** A block's address was taken for a table's, so that words of the mapped memory were read and written as descriptors. */
        BLOCK_TAKEN_FOR_TABLE("a block is taken for a table: its memory is read and written as descriptors"),
        /** A refused 64 KiB page cleared the words of the mapping in its way and left its own (exynos-iommu 3.14). */
        ROLLBACK_OF_NEIGHBOUR("a refused 64 KiB page clears the mapping in its way and leaves its own words"),
        /** A mapping was replaced and nobody was told. */
        OVERWRITTEN("a mapping is overwritten silently"),
        /** A first-level word that led to a table was overwritten; the table is never freed. */
        TABLE_LEAKED("a table is overwritten and leaked"),
        /** {@code IOMMU_READ | IOMMU_WRITE} were taken for a page size (omap-iommu 3.14). */
        PROT_TAKEN_FOR_SIZE("protection bits change the page size code"),
        /** A mapping of an address onto itself cannot be told from none (tegra-smmu 3.14). */
        IDENTITY_IS_VACANT("an identity mapping equals an unmapped page"),
        /** One page was cleared and 0 bytes reported, so that the core stops (tegra-gart 3.14). */
        UNMAP_REPORTS_NOTHING("unmap clears one page and reports 0 bytes"),
        /** A part of an entry of several slots was cleared (msm_iommu 3.14). */
        PART_OF_LARGE_CLEARED("a part of the slots of a large page is cleared"),
        /** Memory that is no table was given to the page allocator; the model keeps it (msm_iommu 3.14). */
        FOREIGN_PAGE_FREED("a page of a device's buffer is freed as if it were a table"),
        /** The pages that take a section's place lead to physical address 0 and on (io-pgtable-arm-v7s 6.1). */
        SPLIT_LOSES_ADDRESS("the rest of a section that is unmapped in part leads to physical address 0 and on"),
        /** Of a supersection only the first MiB can be unmapped in part; elsewhere 0 bytes are reported (io-pgtable-arm-v7s 6.1). */
        SPLIT_FINDS_ANOTHER(
                "a supersection is split and nothing unmapped, because its first MiB is taken for this one"),
        /** An address bit that the entry has no room for was lost (tegra-gart). */
        ADDRESS_BIT_LOST("address bit 31 has no room in an entry");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** In words. */
        @Override
        public String toString() {
            return text;
        }
    }

    @Override
    public String toString() {
        return kind + " [times=" + times + "] [first at iova=" + iova + "] [descriptor at " + descriptorAddress + " = "
                + Addresses.hex(descriptor) + "]";
    }
}
