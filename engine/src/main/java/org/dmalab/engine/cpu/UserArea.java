package org.dmalab.engine.cpu;

import java.util.Arrays;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.jspecify.annotations.Nullable;

/**
 * What a process sees at a run of its addresses: somebody's pages, or pages of its own, which move. Where pages of its own
 * are is kept here alone (the page table entries), and {@link #vma} tells it as of now.
 */
final class UserArea implements Placed {
    private final Vma mapped;
    /** The frame of each of {@link #mapped}'s pages now; null if they are somebody else's and stay. Parts of one area share it. */
    private final long @Nullable [] frames;

    private UserArea(Vma mapped, long @Nullable [] frames) {
        this.mapped = mapped;
        this.frames = frames;
    }

    /** An area that shows pages which stay where they are. */
    static UserArea of(Vma vma) {
        return new UserArea(vma, null);
    }

    /** An area that shows pages of the process's own. */
    static UserArea ofOwn(Vma vma) {
        return new UserArea(vma, vma.pages().pfns());
    }

    @Override
    public AddrRange<VirtAddr> taken() {
        return mapped.range();
    }

    AddrRange<VirtAddr> range() {
        return mapped.range();
    }

    int pageCount() {
        return Math.toIntExact(mapped.pageCount());
    }

    /** The area as it is now. */
    Vma vma() {
        if (frames == null) {
            return mapped;
        }
        int first = mapped.firstPage();
        return new Vma(
                mapped.range(),
                PageArray.of(Arrays.copyOfRange(frames, first, first + pageCount())),
                0,
                mapped.type(),
                mapped.protection(),
                mapped.shared(),
                mapped.name());
    }

    /** The frame of page {@code index} of the area. */
    long pfn(int index) {
        int place = mapped.firstPage() + index;
        return frames == null ? mapped.pages().page(place).pfn() : frames[place];
    }

    /** The frame at {@code address}, which lies inside. */
    long pfn(VirtAddr address) {
        return pfn(index(address));
    }

    /** Where {@code address}, which lies inside, leads. */
    PhysAddr phys(VirtAddr address) {
        return PhysAddr.ofPfn(pfn(address)).plus(address.value() & (PageSize.PAGE_BYTES - 1));
    }

    /** The process's own page at {@code address} is in frame {@code pfn} from now on. */
    void move(VirtAddr address, long pfn) {
        if (frames == null) {
            throw new AssertionError("pages of somebody else do not move: " + this);
        }
        frames[mapped.firstPage() + index(address)] = pfn;
    }

    /** The part of this that is {@code part}. */
    UserArea part(AddrRange<VirtAddr> part) {
        return new UserArea(mapped.part(part), frames);
    }

    MemoryType type() {
        return mapped.type();
    }

    Protection protection() {
        return mapped.protection();
    }

    /** The line of {@code /proc/PID/maps}. */
    String text() {
        return mapped.text();
    }

    private int index(VirtAddr address) {
        return (int) (address.minus(mapped.range().start()) >>> PageSize.PAGE_SHIFT);
    }

    @Override
    public String toString() {
        return mapped.toString();
    }
}
