package org.dmalab.engine.cpu;

/** What a vmalloc area is for ({@code VM_IOREMAP} and others), in the order in which {@code /proc/vmallocinfo} prints it. */
public enum VmallocFlag {
    /** Device registers, or memory treated like them. */
    IOREMAP("ioremap"),
    /** {@code vmalloc}: the pages were allocated for the area. */
    VMALLOC("vmalloc"),
    /** {@code vmap}: the pages were there before. */
    VMAP("vmap"),
    /** May be mapped into a process. */
    USERMAP("user"),
    /** A buffer of the DMA API ({@code VM_ARM_DMA_CONSISTENT}, printed since {@code VM_DMA_COHERENT}). */
    DMA_COHERENT("dma-coherent"),
    /** The array of page pointers is itself vmalloc'ed. */
    VPAGES("vpages");

    private final String text;

    VmallocFlag(String text) {
        this.text = text;
    }

    /** The word printed. */
    public String text() {
        return text;
    }
}
