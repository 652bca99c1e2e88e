package org.dmalab.engine.memory;

/** Hears when an allocation was served from another migrate type ({@code mm_page_alloc_extfrag}). */
public interface FallbackSink {
    /** Hears nothing. */
    FallbackSink NONE = new FallbackSink() {};

    /**
     * A block of another type was taken.
     *
     * @param fallbackOrder the order of the block found
     * @param wanted the type asked for
     * @param fallback the type of the list it was found on
     * @param remainder the type that got what was split off
     */
    default void fellBack(
            long pfn, int order, int fallbackOrder, MigrateType wanted, MigrateType fallback, MigrateType remainder) {}

    /** A block of the reserve was taken, which the kernel does without an event. */
    default void tookReserve(long pfn) {}
}
