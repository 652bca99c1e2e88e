/**
 * What the engine's tests share: recorded answers of the real kernel, and random operations that can be rerun.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.testing;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
