package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableVisitor;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.pagetable.WalkMemo;

/**
 * What an IDENTITY domain has in the place of a table: every address leads to itself, by no descriptor. Drivers make no BLOCKED
 * ones.
 */
final class TablelessTable implements PageTable {
    private static final PhysAddr NOWHERE = new PhysAddr(0);

    @Override
    public List<PageSize> pageSizes() {
        return List.of(PageSize.SMALL_4K);
    }

    @Override
    public PhysAddr root() {
        return NOWHERE;
    }

    @Override
    public AddrRange<DmaAddr> aperture() {
        return new AddrRange<>(new DmaAddr(0), Long.MAX_VALUE);
    }

    @Override
    public long map(DmaAddr iova, PhysAddr phys, PageSize size, int count, IommuProt prot) {
        throw new AssertionError("the core enters nothing into a domain without a table: " + iova);
    }

    @Override
    public Reason refusal() {
        throw new IllegalStateException("no map was refused, for none is ever asked for");
    }

    @Override
    public long unmap(DmaAddr iova, PageSize size, int count) {
        throw new AssertionError("the core removes nothing from a domain without a table: " + iova);
    }

    @Override
    public Translation walk(DmaAddr iova, Access access, WalkMemo memo) {
        return new Translation.Mapped(new PhysAddr(iova.value()), PageSize.SMALL_4K, 0, NOWHERE, 0);
    }

    @Override
    public void visit(TableVisitor visitor) {}
}
