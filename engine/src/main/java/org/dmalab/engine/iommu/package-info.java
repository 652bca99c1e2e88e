/**
 * Translation for devices: IOMMU instances with their registers, the devices behind them, groups, domains, faults, and the
 * port through which a device reaches memory. Nothing here chooses an address (the layering argued on the list in September
 * 2012).
 *
 * <p>Follows {@code drivers/iommu/iommu.c} and the drivers of Linux 3.14 and 6.1. Not modelled: the IO-TLB (every access walks
 * the table), claiming a group for user space, freeing a domain, the page that tegra-smmu maps at 0 for AVPC, PCI aliases,
 * stream maps with masks, the memory of SMMUv3's queues.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.iommu;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
