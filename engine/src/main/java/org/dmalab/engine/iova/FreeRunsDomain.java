package org.dmalab.engine.iova;

import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;

/** What allocators of pages share that keep the free runs of their window and look at all of them for each request. */
abstract class FreeRunsDomain implements IovaDomain {
    final FreeRuns free;
    private long searched;

    /** @param window made of pages, all free */
    FreeRunsDomain(AddrRange<DmaAddr> window) {
        free = new FreeRuns(window);
    }

    /** Counts the runs that there are as looked at. */
    final void searchedAll() {
        searched += free.runs().size();
    }

    /** @throws IllegalArgumentException also if a page of the range is free already */
    @Override
    public final void free(DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        if (bytes > 0) {
            free.give(iova, bytes);
        }
    }

    @Override
    public final AddrRange<DmaAddr> window() {
        return free.window();
    }

    @Override
    public final long granuleBytes() {
        return PageSize.PAGE_BYTES;
    }

    @Override
    public final long freeBytes() {
        return free.bytes();
    }

    @Override
    public final long largestHole() {
        return free.largest();
    }

    /** Holes. */
    @Override
    public final OptionalLong searched() {
        return OptionalLong.of(searched);
    }

    @Override
    public final String searchedUnit() {
        return "holes";
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff]}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window().bytes()) + " " + window();
    }
}
