package org.dmalab.engine.iova;

import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;

/** A view of the generic allocator whose requests are not aligned: {@code alloc_iova} with {@code size_aligned} false. */
final class UnalignedIova implements IovaDomain {
    private final RbTreeIovaDomain tree;

    UnalignedIova(RbTreeIovaDomain tree) {
        this.tree = tree;
    }

    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        return tree.alloc(bytes, new DmaAddr(tree.window().last()), false);
    }

    @Override
    public void free(DmaAddr iova, long bytes) {
        tree.free(iova, bytes);
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return tree.window();
    }

    @Override
    public long granuleBytes() {
        return tree.granuleBytes();
    }

    @Override
    public long freeBytes() {
        return tree.freeBytes();
    }

    @Override
    public long largestHole() {
        return tree.largestHole();
    }

    @Override
    public OptionalLong searched() {
        return tree.searched();
    }

    @Override
    public String searchedUnit() {
        return tree.searchedUnit();
    }

    @Override
    public String toString() {
        return tree + ", unaligned";
    }
}
