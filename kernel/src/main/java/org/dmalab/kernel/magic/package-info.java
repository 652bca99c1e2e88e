/**
 * Cells that are not Java: {@code %%html} and its kin, which show their body.
 *
 * <p>Not modelled: IJava's line magics and everything that needs a class path.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.magic;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
