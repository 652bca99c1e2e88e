/**
 * Java as a notebook runs it: a JShell session in this process, so that cells and engine share their classes.
 *
 * <p>{@link org.dmalab.kernel.shell.JavaSession} evaluates, completes, inspects and judges cells;
 * {@link org.dmalab.kernel.shell.CellIo} hands what a cell prints and shows to that cell, whichever thread does it. Cell
 * classes are woven ({@link org.dmalab.kernel.shell.Weaver}) so that a busy loop can be stopped on every JDK and
 * {@code System.exit} does not take the notebook's variables away. Nothing here knows Jupyter's protocol.
 *
 * <p>Not modelled: redefinition of a method keeps no variables of the snippets that depend on it (JShell declares them
 * anew), and loops inside library classes cannot be stopped: they are left to their thread.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.shell;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
