/**
 * Pictures: what each engine value looks like in a notebook, as a bundle of MIME types.
 * Beside them charts of any column table ({@link org.dmalab.kernel.display.Charts}) and the verdicts of exercises
 * ({@link org.dmalab.kernel.display.Check}).
 *
 * <p>The only package that uses XChart, Tablesaw and Vega-Lite. It does not touch jupyter-jvm-basekernel, so that it can
 * be used from other Java kernels.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.display;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
