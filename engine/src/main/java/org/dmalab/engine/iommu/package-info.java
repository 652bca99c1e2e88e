/**
 * Translation for devices: IOMMU instances, domains, faults, and the port through which a device reaches memory. Nothing
 * here chooses an address (the layering argued on the list in September 2012).
 *
 * <p>Follows {@code drivers/iommu/iommu.c} of Linux 3.14 and 6.1. Not modelled: the IO-TLB (every
 * access walks the table), groups, reserved regions, domain types.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.iommu;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
