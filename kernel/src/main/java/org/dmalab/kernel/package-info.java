/** The Jupyter kernel: start-up, the adapter over jupyter-jvm-basekernel, and the kernelspec installer. */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
