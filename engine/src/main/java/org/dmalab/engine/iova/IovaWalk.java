package org.dmalab.engine.iova;

import org.dmalab.engine.base.Era;

/** Whose way through the tree of ranges {@link RbTreeIovaDomain} follows. */
public enum IovaWalk {
    /**
     * Linux 3.14: one cached node, only for requests limited to just below 4 GiB; aligned sizes are rounded up to powers of
     * two.
     */
    V3_14("3.14", Era.V3_14, false),
    /** Linux 5.10: a cached node below 4 GiB and one above; what is not found below the cached node fails. */
    V5_10("5.10", Era.V6_1, false),
    /** Linux 6.1 and 6.12: what is not found below the cached node is searched again from the top down to it. */
    V6_1("6.1", Era.V6_1, true);

    private final String version;
    private final Era era;
    private final boolean retries;

    IovaWalk(String version, Era era, boolean retries) {
        this.version = version;
        this.era = era;
        this.retries = retries;
    }

    /** The walk of {@code era}'s kernels, up to 3.14 that of 3.14. */
    public static IovaWalk of(Era era) {
        return era.atLeast(Era.V6_1) ? V6_1 : V3_14;
    }

    /** {@code 3.14}. */
    String version() {
        return version;
    }

    boolean retries() {
        return retries;
    }

    Era era() {
        return era;
    }

    /** {@code Linux 3.14}. */
    @Override
    public String toString() {
        return "Linux " + version;
    }
}
