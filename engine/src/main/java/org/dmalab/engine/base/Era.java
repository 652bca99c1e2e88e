package org.dmalab.engine.base;

/** The Linux version whose decisions the model takes. */
public enum Era {
    /** Before the redesign: no ops table on ARM, a 2 MiB consistent window. */
    V3_4("3.4"),
    /** The redesign just merged. */
    V3_6("3.6"),
    /** The redesign grown up: coherent ops, capped IOVA alignment, dma-debug's error check. */
    V3_14("3.14"),
    /** Generic IOVA allocator with per-CPU magazines, io-pgtable. */
    V6_1("6.1"),
    /** Today. */
    V6_12("6.12");

    private final String version;

    Era(String version) {
        this.version = version;
    }

    /** Whether this version is {@code other} or newer. */
    public boolean atLeast(Era other) {
        return compareTo(other) >= 0;
    }

    /** {@code Linux 3.14}. */
    @Override
    public String toString() {
        return "Linux " + version;
    }
}
