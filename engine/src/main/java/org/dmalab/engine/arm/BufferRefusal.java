package org.dmalab.engine.arm;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * A call on a buffer that the backend does not recognise, or not in that range.
 *
 * @param errno what the call returns
 * @param message the kernel's words
 * @param explain what is wrong and what to do
 */
record BufferRefusal(Errno errno, String message, String explain) implements Reason {}
