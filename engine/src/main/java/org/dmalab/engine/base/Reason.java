package org.dmalab.engine.base;

/** Why an operation of the simulated machine failed, told three times: as errno, as the kernel says it, and to a person. */
public interface Reason {
    /** What the call returned, or would have. */
    Errno errno();

    /** The sentence the kernel prints, or would print; people search for it. */
    String message();

    /** What was asked, what was found, which limit was hit, and what would have made it succeed. */
    String explain();
}
