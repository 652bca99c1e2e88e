package org.dmalab.engine.iommu;

/**
 * A register set of an IOMMU with a domain in it.
 *
 * @param bank which: the number of a context bank, Tegra's ASID, 0 where there is one
 */
record IommuContext(int bank, IommuDomain domain) {
    /** Whether its streams pass: no bank is in use, no table is walked, and the IO-TLB sees nothing of them. */
    boolean isBypass() {
        return domain.type() == DomainType.IDENTITY;
    }
}
