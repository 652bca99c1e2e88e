/**
 * What a notebook's cell may call without an import or a receiver: pictures and charts on demand, checks of
 * exercises, displays that are updated, text and HTML.
 *
 * <p>Depends on no particular Jupyter kernel: where outputs go is decided by
 * {@link org.dmalab.kernel.display.Frontend#CURRENT}.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.lab;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
