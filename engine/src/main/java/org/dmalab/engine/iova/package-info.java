/**
 * Allocators of DMA addresses: which range behind an IOMMU a mapping gets.
 *
 * <p>{@link org.dmalab.engine.iova.BitmapIovaDomain} follows {@code arch/arm/mm/dma-mapping.c} of Linux 3.6, 3.14, 6.1 and
 * 6.12. {@link org.dmalab.engine.iova.RbTreeIovaDomain} follows {@code drivers/iommu/iova.c} of Linux 3.14, 5.10, 6.1 and
 * 6.12, {@link org.dmalab.engine.iova.IovaRcache} its per-CPU magazines and {@link org.dmalab.engine.iova.FlushQueue} the
 * deferred frees of {@code drivers/iommu/dma-iommu.c}. {@link org.dmalab.engine.iova.BestFitIovaDomain} and
 * {@link org.dmalab.engine.iova.BuddyIovaDomain} are no kernel's: they show how a policy is written, and what it would do;
 * {@link org.dmalab.engine.iova.HolePolicy} is all that one's own has to be. {@link org.dmalab.engine.iova.IovaPolicy} names
 * them for experiments.
 *
 * <p>Not modelled: locks and their contention; the magazines of 5.10, which hold 128 ranges; the maple tree of 2025.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.iova;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
