package org.dmalab.engine.memory;

/** The zones of a machine, from low to high; an allocation may fall back downwards only ({@code enum zone_type}). */
public enum ZoneKind {
    /** What devices with short address lines reach; on ARM often all of lowmem ({@code ZONE_DMA}). */
    DMA("DMA"),
    /** Below 4 GiB on 64-bit machines ({@code ZONE_DMA32}). */
    DMA32("DMA32"),
    /** Always mapped into the kernel ({@code ZONE_NORMAL}). */
    NORMAL("Normal"),
    /** Beyond the linear map; the kernel reaches it page by page ({@code ZONE_HIGHMEM}). */
    HIGHMEM("HighMem"),
    /** Only for pages that can be moved away ({@code ZONE_MOVABLE}). */
    MOVABLE("Movable");

    private final String text;

    ZoneKind(String text) {
        this.text = text;
    }

    /** The name in {@code /proc/buddyinfo}. */
    public String text() {
        return text;
    }
}
