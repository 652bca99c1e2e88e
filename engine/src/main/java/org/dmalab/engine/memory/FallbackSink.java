package org.dmalab.engine.memory;

/** Hears when an allocation was served from another migrate type ({@code mm_page_alloc_extfrag}). */
@FunctionalInterface
interface FallbackSink {
    /** Hears nothing. */
    FallbackSink NONE = (pfn, order, fallbackOrder, wanted, fallback, remainder) -> {};

    /**
     * A block of another type was taken.
     *
     * @param fallbackOrder the order of the block found
     * @param wanted the type asked for
     * @param fallback the type of the list it was found on; with RESERVE the kernel emits no event
     * @param remainder the type that got what was split off
     */
    void fellBack(
            long pfn, int order, int fallbackOrder, MigrateType wanted, MigrateType fallback, MigrateType remainder);
}
