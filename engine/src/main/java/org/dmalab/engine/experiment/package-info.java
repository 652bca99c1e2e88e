/**
 * Many runs, one table: what the pictures are drawn from.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.experiment;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
