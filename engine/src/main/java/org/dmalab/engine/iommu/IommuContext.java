package org.dmalab.engine.iommu;

/**
 * A register set of an IOMMU with a domain in it.
 *
 * @param bank which: the number of a context bank, Tegra's ASID, 0 where there is one
 */
record IommuContext(int bank, IommuDomain domain) {}
