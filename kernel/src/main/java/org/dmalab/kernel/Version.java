package org.dmalab.kernel;

import java.util.Objects;

/** The version of this kernel, from its jar's manifest. */
final class Version {
    static final String OF_THIS =
            Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "0-development");

    private Version() {}
}
