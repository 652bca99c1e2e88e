package org.dmalab.engine.base;

/** How wide a kernel's addresses are, and which rules lay its memory out. */
public enum Architecture {
    /** 32 bits: a linear map of lowmem only, highmem beyond it ({@code arch/arm}). */
    ARM32("arm"),
    /** 64 bits: a linear map of all RAM ({@code arch/arm64}). */
    ARM64("arm64");

    private final String text;

    Architecture(String text) {
        this.text = text;
    }

    /** Its directory below {@code arch}: {@code arm64}. */
    public String text() {
        return text;
    }
}
