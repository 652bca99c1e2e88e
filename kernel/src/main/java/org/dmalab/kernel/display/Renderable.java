package org.dmalab.kernel.display;

/** A value that brings its own output. */
@FunctionalInterface
public interface Renderable {
    /** The value in all the forms it has. */
    MimeBundle render();
}
