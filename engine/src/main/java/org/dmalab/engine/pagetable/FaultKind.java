package org.dmalab.engine.pagetable;

/** Why a walk gave no address (ARM DDI 0406C B3.12.3, {@code VMSA fault}). */
public enum FaultKind {
    /** A descriptor maps nothing. */
    TRANSLATION("translation"),
    /** The page's access flag is clear. */
    ACCESS_FLAG("access flag"),
    /** The domain field grants no access (short descriptors). */
    DOMAIN("domain"),
    /** The page forbids this access. */
    PERMISSION("permission"),
    /** An address has more bits than the table or the bus. */
    ADDRESS_SIZE("address size"),
    /** The descriptor itself could not be read. */
    EXTERNAL_ABORT("external abort on walk");

    private final String text;

    FaultKind(String text) {
        this.text = text;
    }

    /** As fault texts say it: {@code access flag}. */
    @Override
    public String toString() {
        return text;
    }
}
