/**
 * The backends of ARM: operations tables for devices that see physical addresses and for devices behind an IOMMU.
 *
 * <p>Follows {@code arch/arm/mm/dma-mapping.c} of Linux 3.6 and 3.14. Not modelled: coherent devices, CMA and what needs it
 * (FORCE_CONTIGUOUS), the atomic pool, dmabounce, the way of Linux 3.4; callers may always sleep. A page that is freed while
 * a process still has it mapped is reused at once, which Linux delays until the process lets go.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.arm;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
