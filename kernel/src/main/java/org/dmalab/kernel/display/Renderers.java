package org.dmalab.kernel.display;

import org.jspecify.annotations.Nullable;

/** Chooses the form of a value by its type. */
public final class Renderers {
    private Renderers() {}

    /** {@code value} as a front end may show it; never fails, never empty. */
    public static MimeBundle render(@Nullable Object value) {
        return MimeBundle.text(String.valueOf(value));
    }
}
