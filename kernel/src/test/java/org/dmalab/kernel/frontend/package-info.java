/**
 * The kernel as its users meet it: in JupyterLab, through a Jupyter client, through {@code ./lab} and on mybinder.org.
 *
 * <p>The {@code *IT} classes run after {@code package}, on the jar that users get. Programs that only some machines
 * have are asked for with {@link org.dmalab.kernel.frontend.FrontEnds#require}.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.frontend;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
