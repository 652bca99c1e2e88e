package org.dmalab.engine.memory;

/** The zones of a 32-bit ARM, from low to high; an allocation may fall back downwards ({@code enum zone_type}). */
public enum ZoneKind {
    /** Always mapped into the kernel ({@code ZONE_NORMAL}). */
    NORMAL("Normal"),
    /** Beyond the linear map; the kernel reaches it page by page ({@code ZONE_HIGHMEM}). */
    HIGHMEM("HighMem");

    private final String text;

    ZoneKind(String text) {
        this.text = text;
    }

    /** The name in {@code /proc/buddyinfo}. */
    public String text() {
        return text;
    }
}
