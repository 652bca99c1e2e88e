/**
 * Translation for devices: IOMMU instances with their registers, the devices behind them, groups, domains, faults, and the
 * port through which a device reaches memory. Nothing here chooses an address (the layering argued on the list in September
 * 2012).
 *
 * <p>Follows {@code drivers/iommu/iommu.c} and the drivers of Linux 3.14 and 6.1. Not modelled: claiming a group for user space,
 * freeing a domain, the page that tegra-smmu maps at 0 for AVPC, PCI aliases, stream maps with masks, the memory of SMMUv3's
 * queues.
 *
 * <p>IO-TLBs keep translations and walk caches descriptors until they make room or are invalidated, by geometries from the
 * drivers where those tell them ({@link org.dmalab.engine.iommu.IoTlbGeometry}). A hit takes no time of its own: a device's
 * access includes it. Tables flush what walkers keep of them at once; pages are owed to the {@link
 * org.dmalab.engine.iommu.IotlbGather} of the unmap in all eras, though the drivers of 2011 to 2014 paid within the call. Not
 * modelled: multi-hit faults (a new line replaces those it overlaps in its set), prefetch buffers, a Tegra's page table cache
 * for last-level words, which its driver flushes with each that it writes.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.iommu;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
