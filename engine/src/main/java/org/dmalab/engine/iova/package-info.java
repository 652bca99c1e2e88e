/**
 * Allocators of DMA addresses: which range behind an IOMMU a mapping gets.
 *
 * <p>{@link org.dmalab.engine.iova.BitmapIovaDomain} follows {@code arch/arm/mm/dma-mapping.c} of Linux 3.6, 3.14, 6.1 and
 * 6.12. Not modelled: the generic red-black tree allocator with its per-CPU magazines, deferred frees.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.iova;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
