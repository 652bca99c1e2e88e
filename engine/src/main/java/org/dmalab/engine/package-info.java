/**
 * The composition root: boards put together from their descriptions.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
