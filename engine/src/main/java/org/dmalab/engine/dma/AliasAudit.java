package org.dmalab.engine.dma;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;

/**
 * All ways to a piece of memory and all copies of it: who reaches it under which address and memory type, where its bytes
 * are held, who wrote last, and which of them now lies. The truth is what a machine without caches and write buffers would
 * hold after the same stores.
 *
 * @param subject what was looked at
 * @param start where it begins in RAM; its pages may be scattered
 * @param bytes how long it is
 * @param aliases the addresses that lead to it
 * @param copies the places that hold its bytes, RAM among them
 * @param lastWriter who stored into it last, and when; {@code nobody} if nobody did
 * @param hazards what is wrong or waits to go wrong, a sentence each; empty if nothing is
 * @param moment when, {@code 41.3 µs}
 * @param source the model, board and era: printed under every picture
 */
public record AliasAudit(
        String subject,
        PhysAddr start,
        long bytes,
        List<Alias> aliases,
        List<Copy> copies,
        String lastWriter,
        List<String> hazards,
        String moment,
        String source) {
    /**
     * One way to the memory.
     *
     * @param who uses it: {@code kernel, linear map}, {@code process 1}, {@code fimc0}
     * @param address where it begins for them
     * @param bytes how much of the subject it shows
     * @param type how the CPU treats accesses; empty for a device
     * @param staleBytes how many bytes a read this way would now get that are not the truth
     * @param firstStale the place of the first of them in RAM
     */
    public record Alias(
            String who,
            Addr address,
            long bytes,
            Optional<MemoryType> type,
            long staleBytes,
            Optional<PhysAddr> firstStale) {}

    /**
     * One place that holds bytes.
     *
     * @param where {@code L1 of CPU0}, {@code L2}, {@code write buffer of CPU0}, {@code RAM}
     * @param bytes how many of the subject's bytes it holds
     * @param dirtyBytes how many of them are newer than what the next level has, as the hardware sees it
     * @param staleBytes how many of them are not the truth
     */
    public record Copy(String where, long bytes, long dirtyBytes, long staleBytes) {}

    public AliasAudit {
        aliases = List.copyOf(aliases);
        copies = List.copyOf(copies);
        hazards = List.copyOf(hazards);
    }

    /** Whether no alias reads stale bytes. */
    public boolean isTrue() {
        return aliases.stream().allMatch(alias -> alias.staleBytes() == 0);
    }

    /** {@code buffer of fimc0 at 41.3 µs: 3 aliases, 2 copies, 1 alias lies}. */
    @Override
    public String toString() {
        long lying = aliases.stream().filter(alias -> alias.staleBytes() > 0).count();
        return subject + " at " + moment + ": " + aliases.size() + (aliases.size() == 1 ? " alias, " : " aliases, ")
                + copies.size() + (copies.size() == 1 ? " copy, " : " copies, ")
                + (lying == 0 ? "none lies" : lying + (lying == 1 ? " alias lies" : " aliases lie"));
    }
}
