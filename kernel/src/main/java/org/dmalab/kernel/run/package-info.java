/**
 * Notebooks executed without Jupyter: the same Java, the same pictures, no socket, no Python, no browser.
 *
 * <p>{@link org.dmalab.kernel.run.NotebookFile} keeps whatever it does not know of a notebook as it was (nbformat 4);
 * {@link org.dmalab.kernel.run.NotebookRunner} runs its cells; {@link org.dmalab.kernel.run.HtmlPage} is what somebody
 * reads who has neither.
 *
 * <p>Not modelled: widgets, and what a front end would draw from Vega-Lite, of which the PNG beside it is shown.
 */
@NullMarked
@CheckReturnValue
package org.dmalab.kernel.run;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
