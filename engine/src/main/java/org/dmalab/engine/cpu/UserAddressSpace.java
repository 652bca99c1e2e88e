package org.dmalab.engine.cpu;

import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;

/** The virtual addresses of one process; mappings are placed from the top of its mmap area downwards. */
public final class UserAddressSpace implements AddressSpace {
    /** Below the stack of a 3G/1G split; where {@code mmap_base} lies without randomisation. */
    private static final AddrRange<VirtAddr> MMAP_AREA = new AddrRange<>(new VirtAddr(0x00010000L), 0xB6EF0000L);

    private final AreaTree areas = new AreaTree(MMAP_AREA, 0);
    private final TraceSink trace;

    /** No room for a mapping. */
    public record MmapFailure(long bytes, long largestHole) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "mmap: " + Errno.ENOMEM.text();
        }

        @Override
        public String explain() {
            return "asked for " + Bytes.text(bytes) + " of user addresses; the largest hole has "
                    + Bytes.text(largestHole) + ": unmap something, or map a part of the buffer";
        }
    }

    /** A process with nothing mapped. */
    public UserAddressSpace(TraceSink trace) {
        this.trace = trace;
    }

    /**
     * Shows {@code count} pages of {@code pages} from {@code firstPage} on; the range is checked by who calls.
     *
     * @return where they are, or ENOMEM
     */
    public Outcome<AddrRange<VirtAddr>> map(PageArray pages, int firstPage, int count, MemoryType type, String caller) {
        long bytes = (long) count << PageSize.PAGE_SHIFT;
        OptionalLong start = areas.lastFit(bytes);
        if (start.isEmpty()) {
            return Outcome.failed(new MmapFailure(bytes, areas.largestHole()));
        }
        AddrRange<VirtAddr> range = new AddrRange<>(new VirtAddr(start.getAsLong()), bytes);
        areas.add(new Area(range, pages, firstPage, type, caller));
        trace.userMapped(range.start().value(), count, type);
        return Outcome.done(range);
    }

    /** Ends the mapping that starts at {@code start} ({@code munmap} of the whole area). */
    public void unmap(VirtAddr start) {
        Area area = areas.remove(start);
        if (area == null) {
            throw new IllegalArgumentException("no user mapping starts at " + start);
        }
        trace.userUnmapped(start.value(), area.range().bytes() >>> PageSize.PAGE_SHIFT);
    }

    /** The mappings, ascending. */
    public List<Area> mappings() {
        return List.copyOf(areas.areas());
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        Area area = areas.find(address);
        return area == null
                ? Outcome.failed(new CpuFault(address, false, "nothing is mapped there in this process"))
                : Outcome.done(new Place(area.phys(address), area.type()));
    }

    @Override
    public String toString() {
        int mappings = areas.areas().size();
        return mappings + (mappings == 1 ? " user mapping" : " user mappings");
    }
}
