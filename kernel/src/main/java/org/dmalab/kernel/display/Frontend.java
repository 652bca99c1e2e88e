package org.dmalab.kernel.display;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Where outputs that are not a cell's value go: the notebook the running cell belongs to. */
public interface Frontend {
    /**
     * Shows {@code bundle} below the running cell.
     *
     * @param displayId a name by which {@link #update} finds it again, or null
     */
    void display(MimeBundle bundle, @Nullable String displayId);

    /** Replaces what was shown under {@code displayId} ({@code update_display_data}). */
    void update(MimeBundle bundle, String displayId);

    /** Clears the running cell's outputs; with {@code wait} only when the next one arrives. */
    void clearOutput(boolean wait);

    /** The front end of this process, set once by the kernel or the headless runner at start. */
    AtomicReference<@Nullable Frontend> CURRENT = new AtomicReference<>();
}
