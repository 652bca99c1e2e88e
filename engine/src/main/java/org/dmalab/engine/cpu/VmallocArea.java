package org.dmalab.engine.cpu;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;

/**
 * One line of {@code /proc/vmallocinfo}.
 *
 * @param range the addresses taken, whole pages, the guard page included
 * @param caller who asked, {@code arm_dma_alloc+0x40/0x60}; empty if unknown
 * @param flags what for
 * @param pages how many pages, where the line says so
 * @param phys where the area leads, where the line says so
 */
public record VmallocArea(
        AddrRange<VirtAddr> range, String caller, Set<VmallocFlag> flags, OptionalInt pages, Optional<PhysAddr> phys) {
    public VmallocArea {
        flags = Set.copyOf(flags);
        if (((range.start().value() | range.bytes()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("range must be whole pages: " + range);
        }
        if (pages.isPresent() && pages.getAsInt() < 0) {
            throw new IllegalArgumentException("pages must not be negative: " + pages.getAsInt());
        }
    }

    /** The line as Linux {@code era} prints it, without the end of line. */
    public String text(Era era) {
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "%s-%s %7d", range.start(), Addresses.hex(range.last() + 1), range.bytes()));
        if (!caller.isEmpty()) {
            text.append(' ').append(caller);
        }
        pages.ifPresent(count -> text.append(" pages=").append(count));
        phys.ifPresent(start -> text.append(" phys=")
                .append(era.atLeast(Era.V6_1) ? start.toString() : Long.toHexString(start.value())));
        for (VmallocFlag flag : VmallocFlag.values()) {
            if (flags.contains(flag) && (flag != VmallocFlag.DMA_COHERENT || era.atLeast(Era.V6_1))) {
                text.append(' ').append(flag.text());
            }
        }
        return text.toString();
    }

    /** The line as Linux 6.12 prints it. */
    @Override
    public String toString() {
        return text(Era.V6_12);
    }
}
