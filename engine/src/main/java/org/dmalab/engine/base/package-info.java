/**
 * What every package speaks of: the three kinds of address, page sizes, errno values, directions, attributes, memory
 * types, and the value an operation of the simulated machine returns ({@link org.dmalab.engine.base.Outcome}).
 *
 * <p>Follows {@code linux/types.h}, {@code linux/dma-direction.h}, {@code linux/dma-attrs.h} and ARM DDI 0406C A3.5.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.base;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
