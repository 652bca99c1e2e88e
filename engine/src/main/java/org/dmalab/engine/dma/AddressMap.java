package org.dmalab.engine.dma;

import java.util.List;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.AddrRange;

/**
 * Several views of the same machine side by side: what a CPU calls its memory, what the memory controller calls it, what
 * each device calls it, and where one byte is in each of them.
 *
 * @param title what is shown
 * @param strips the views, in the order in which an address is translated
 * @param moment when, {@code 41.3 µs}
 * @param source the model, board and era: printed under every picture
 */
public record AddressMap(String title, List<Strip> strips, String moment, String source) {
    /** What an area is for; decides its colour. */
    public enum Kind {
        /** RAM, or a mapping of it that the CPU may cache. */
        MEMORY,
        /** A mapping that is not cached. */
        UNCACHED,
        /** A window out of which addresses are given, or what was given out of it. */
        WINDOW,
        /** Registers. */
        DEVICE,
        /** Kept for a purpose of its own: the kernel image, a CMA area, a guard page. */
        RESERVED,
        /** Nothing answers there. */
        HOLE
    }

    /**
     * A named run of addresses.
     *
     * @param range where, addresses of its strip's kind
     * @param name what a person calls it, {@code lowmem}
     * @param note size, type or owner in a few words; may be empty
     */
    public record Area(AddrRange<? extends Addr> range, String name, Kind kind, String note) {}

    /**
     * An address to point at.
     *
     * @param label what is there, {@code the byte}; marks of equal label on neighbouring strips are joined by a line
     */
    public record Mark(Addr address, String label) {}

    /**
     * One view.
     *
     * @param name whose: {@code CPU, kernel}, {@code RAM}, {@code fimc0}
     * @param areas ascending; they may not overlap, gaps are drawn as nothing
     */
    public record Strip(String name, List<Area> areas, List<Mark> marks) {
        public Strip {
            areas = List.copyOf(areas);
            marks = List.copyOf(marks);
        }
    }

    public AddressMap {
        strips = List.copyOf(strips);
    }

    /** {@code one byte, three addresses at 41.3 µs: CPU, kernel 0xc0001000 | RAM 0x40001000 | fimc0 0x20000000}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(title + " at " + moment);
        String separator = ": ";
        for (Strip strip : strips) {
            text.append(separator).append(strip.name());
            strip.marks().forEach(mark -> text.append(' ').append(mark.address()));
            separator = " | ";
        }
        return text.toString();
    }
}
