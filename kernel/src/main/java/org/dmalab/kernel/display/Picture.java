package org.dmalab.kernel.display;

/**
 * An output made in advance: what a helper returns for a cell to end in.
 *
 * @param render what is shown
 */
public record Picture(MimeBundle render) implements Renderable {
    /** The text form. */
    @Override
    public String toString() {
        return render.plainText();
    }
}
