package org.dmalab.engine.dma;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * What {@code dma_alloc_attrs} returned: a DMA address for the device and, for the CPU, an address or a cookie.
 *
 * @param device who allocated it
 * @param dmaAddr where the device finds it
 * @param cpuAddr where the kernel finds it; only a cookie if {@link #hasKernelMapping} is false
 * @param hasKernelMapping whether the CPU may load and store at {@code cpuAddr}
 * @param bytes its length, whole pages
 * @param attrs the attributes it was allocated with
 * @param pages its memory
 */
public record DmaBuffer(
        BusMaster device,
        DmaAddr dmaAddr,
        VirtAddr cpuAddr,
        boolean hasKernelMapping,
        long bytes,
        DmaAttrs attrs,
        PageArray pages) {

    /** Whether {@code attribute} was given to alloc. */
    public boolean has(DmaAttribute attribute) {
        return attrs.has(attribute);
    }

    /** {@code fimc0 buffer: 8 MiB at DMA 0x20000000, cookie 0xf0000000, 2 runs of pages, NO_KERNEL_MAPPING}. */
    @Override
    public String toString() {
        String names = attrs.toString();
        return device + " buffer: " + Bytes.text(bytes) + " at DMA " + dmaAddr + ", "
                + (hasKernelMapping ? "kernel " : "cookie ") + cpuAddr + ", " + pages.runs()
                + (pages.runs() == 1 ? " run of pages" : " runs of pages") + (names.isEmpty() ? "" : ", " + names);
    }
}
