/**
 * What a driver sees: the device, the operations table ({@code struct dma_map_ops}), buffers, mappings, and the map of
 * the addresses in use.
 *
 * <p>Follows {@code include/linux/dma-mapping.h} and {@code Documentation/DMA-API.txt} of the eras in
 * {@link org.dmalab.engine.base.Era}. Not modelled: DMA masks and pools, resources, the misuse checker.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.dma;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
