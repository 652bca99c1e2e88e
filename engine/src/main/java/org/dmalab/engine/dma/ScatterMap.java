package org.dmalab.engine.dma;

/**
 * A scatter list beside what a device sees of it, to be drawn: which piece of memory is found at which DMA address.
 *
 * @param mapping the entries and the segments they became
 * @param moment the simulated time, as text
 * @param source the words under a picture: model, board, era
 */
public record ScatterMap(SgMapping mapping, String moment, String source) {
    /** {@code fimc0 mapping: 64 KiB, 16 entries as 1 segment at DMA 0x20000000, TO_DEVICE}. */
    @Override
    public String toString() {
        return mapping.toString();
    }
}
