package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * A device is not attached to a domain, or a domain not made.
 *
 * @param errno what the call returns
 * @param message the driver's words, or those of the errno where it has none
 * @param explain the rule, and what was left as it is or was not
 */
public record AttachRefusal(Errno errno, String message, String explain) implements Reason {}
