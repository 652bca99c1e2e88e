/**
 * The backends of ARM: operations tables for devices that see physical addresses and for devices behind an IOMMU.
 *
 * <p>Follows {@code arch/arm/mm/dma-mapping.c} of Linux 3.6 and 3.14, and that of 3.4 for its consistent region: direct and
 * coherent devices, devices behind an IOMMU, CMA, the atomic pool, and memory of a device's own ({@code
 * drivers/base/dma-coherent.c}). Not modelled: coherent devices behind an IOMMU, FORCE_CONTIGUOUS, masks, dmabounce. A page that is freed while
 * a process still has it mapped is reused at once, which Linux delays until the process lets go.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.arm;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
