/**
 * Tracepoints: what the model tells while it works. Model code calls a {@link org.dmalab.engine.trace.TraceSink}; it never
 * counts time.
 *
 * <p>Follows the idea of {@code include/trace/events}; names are those of the kernel's events where one exists.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.engine.trace;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
