package org.dmalab.engine.dma;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * A call on a buffer that was freed before.
 *
 * @param call {@code free}, {@code mmap}, {@code getSgtable}
 * @param buffer what was given
 */
public record NotAlive(String call, DmaBuffer buffer) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENXIO;
    }

    @Override
    public String message() {
        return call.equals("free")
                ? "trying to free invalid coherent area: " + buffer.cpuAddr()
                : "dma_" + call + ": " + Errno.ENXIO.text();
    }

    @Override
    public String explain() {
        return call + " was given a buffer that was freed before: " + buffer
                + ". Its addresses may belong to another buffer by now; keep one owner, and forget the buffer when it is freed";
    }
}
