package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.pagetable.WalkMemo;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * What translates inside an IOMMU: the IO-TLB and, behind it, the walker with the descriptors it keeps. An access that hits
 * makes no object.
 */
final class TranslationUnit {
    /** What {@link #translate} answers for an access that it stops. */
    static final long FAULT = -1;

    private final TraceSink trace;
    private final IoTlb tlb;
    private final WalkCache walks;
    private final InvalidationRule rule;
    private final HitCounters counters = new HitCounters();
    private final List<IommuDomain> domains = new ArrayList<>();
    private boolean watchesStale;
    private Translation.@Nullable Fault fault;

    /** One that keeps nothing yet. */
    TranslationUnit(IoTlbGeometry geometry, TraceSink trace) {
        this.trace = trace;
        tlb = new IoTlb(geometry);
        walks = new WalkCache(geometry.tableWords(), geometry.keepsFaults());
        rule = geometry.invalidation();
    }

    /** It walks the table of {@code domain} from now on. A unit that was off, or cannot tell domains apart, forgets. */
    void attach(IommuDomain domain) {
        if (domains.isEmpty() || !tlb.geometry().tagged()) {
            tlb.reset();
            walks.clear();
        }
        domains.add(domain);
    }

    /** It walks the table of {@code domain} no longer, and forgets what it knew of it. */
    void detach(IommuDomain domain) {
        domains.remove(domain);
        tlb.forget(domain.id());
        walks.clear();
    }

    /** Whether each hit is compared with the table ({@link TraceSink#staleTranslation}); costs a walk that no clock sees. */
    void watchStale(boolean watch) {
        watchesStale = watch;
    }

    /** Where an access leads: a physical address; or {@link #FAULT}, and {@link #fault} has it. */
    long translate(BusMaster master, IommuDomain domain, long iova, boolean write) {
        int page = tlb.find(domain.id(), iova);
        if (page == IoTlb.MISS) {
            return walk(master, domain, iova, write);
        }
        counters.hit(master);
        trace.iotlbHit(master, iova);
        if ((tlb.rights(page) & (write ? IoTlb.WRITE : IoTlb.READ)) == 0) {
            fault = tlb.denied(page);
            return FAULT;
        }
        long address = tlb.address(page, iova);
        if (watchesStale) {
            compare(master, domain, iova, write, address);
        }
        return address;
    }

    /** How the last access ended that {@link #translate} stopped. */
    Translation.Fault fault() {
        if (fault == null) {
            throw new IllegalStateException("no access was stopped");
        }
        return fault;
    }

    private void compare(BusMaster master, IommuDomain domain, long iova, boolean write, long address) {
        long now = domain.translate(new DmaAddr(iova), access(write))
                .<Long>fold(mapped -> mapped.address().value(), end -> FAULT);
        if (now != address) {
            trace.staleTranslation(master, iova, address);
        }
    }

    private static Access access(boolean write) {
        return write ? Access.WRITE : Access.READ;
    }

    private long walk(BusMaster master, IommuDomain domain, long iova, boolean write) {
        walks.begin();
        Translation asked = domain.table().walk(new DmaAddr(iova), access(write), walks);
        int reads = walks.reads();
        if (tlb.geometry().entries() > 0) {
            counters.missed(master);
            trace.iotlbMissed(master, iova);
            fill(domain, iova, asked, write);
        }
        if (reads > 0) {
            trace.tableWalked(master, iova, reads);
        }
        if (asked instanceof Translation.Mapped mapped) {
            return mapped.address().value();
        }
        fault = (Translation.Fault) asked;
        return FAULT;
    }

    /** The descriptors that were read give all rights at once; a group's pages stand in the words around the one asked for. */
    private void fill(IommuDomain domain, long iova, Translation asked, boolean write) {
        PageTable table = domain.table();
        if (tlb.geometry().pagesPerLine() > 1) {
            fillGroup(table, domain.id(), iova);
        } else if (asked instanceof Translation.Mapped mapped) {
            PageSize size = mapped.size();
            int line = tlb.place(domain.id(), iova, size.alignDown(iova), size.bytes());
            if (line != IoTlb.MISS) {
                Translation other = table.walk(new DmaAddr(iova), access(!write), walks);
                tlb.enter(line, iova, write ? other : asked, write ? asked : other);
            }
        }
    }

    private void fillGroup(PageTable table, int space, long iova) {
        long bytes = 1L << tlb.geometry().lineShift();
        long start = iova & -bytes;
        int line = tlb.place(space, iova, start, bytes);
        for (long at = start; at < start + bytes; at += PageSize.PAGE_BYTES) {
            DmaAddr page = new DmaAddr(at);
            tlb.enter(line, at, table.walk(page, Access.READ, walks), table.walk(page, Access.WRITE, walks));
        }
    }

    /**
     * Loads the page of {@code iova} so that no other replaces it ({@code load_iotlb_entry} with {@code prsvd}). QUIRK: to lock a
     * page again takes one more line, though the older one is empty then.
     *
     * @return the entry; EBUSY if every line is locked, or EFAULT if the table has no page there
     * @throws IllegalArgumentException if no line of this IO-TLB can be locked
     */
    Outcome<IoTlbEntry> lock(String iommu, IommuDomain domain, DmaAddr iova) {
        if (!tlb.geometry().lockable()) {
            throw new IllegalArgumentException("IO-TLB must have lines that can be locked: " + tlb.geometry());
        }
        Translation read = domain.translate(iova, Access.READ);
        Translation write = domain.translate(iova, Access.WRITE);
        if (!((read instanceof Translation.Mapped ? read : write) instanceof Translation.Mapped mapped)) {
            return Outcome.failed(new LockRefusal.NothingMapped(iommu, iova));
        }
        if (tlb.isAllLocked()) {
            return Outcome.failed(
                    new LockRefusal.AllLocked(iommu, iova, tlb.geometry().entries()));
        }
        int line = tlb.placeLocked(
                domain.id(),
                mapped.size().alignDown(iova.value()),
                mapped.size().bytes());
        tlb.enter(line, iova.value(), read, write);
        return Outcome.done(entry(tlb.find(domain.id(), iova.value())));
    }

    /** Forgets {@code bytes} from {@code start} on, mapped in pages of {@code pageBytes}; the commands its driver writes. */
    long invalidate(int domain, long start, long bytes, long pageBytes) {
        if (rule.isWholeContext()) {
            return invalidateAll(domain);
        }
        tlb.invalidate(domain, start, start + bytes - 1);
        return rule.ofRange(bytes, pageBytes);
    }

    /** Forgets the tables that served {@code bytes} from {@code start} on, and their pages, if the driver flushes them. */
    long invalidateTable(int domain, long start, long bytes) {
        if (rule.isWholeContext()) {
            return invalidateAll(domain);
        }
        long commands = rule.ofTable(bytes, tlb.geometry().tableWords() > 0);
        if (commands > 0) {
            tlb.invalidate(domain, start, start + bytes - 1);
            walks.invalidate(start, start + bytes - 1);
        }
        return commands;
    }

    /** Forgets everything of the domain of that number; the commands. */
    long invalidateAll(int domain) {
        tlb.invalidateSpace(domain);
        walks.clear();
        return rule.ofAll();
    }

    /** The descriptors it keeps. */
    WalkCache walks() {
        return walks;
    }

    /** What it holds, for the instance of that name. */
    IoTlbView view(String iommu) {
        List<IoTlbEntry> entries = new ArrayList<>();
        tlb.forEach(page -> entries.add(entry(page)));
        return new IoTlbView(iommu, tlb.geometry(), entries, counters.statistics());
    }

    private IoTlbEntry entry(int page) {
        return new IoTlbEntry(
                tlb.space(page),
                new DmaAddr(tlb.start(page)),
                new PageSize(Long.numberOfTrailingZeros(tlb.bytes(page))),
                tlb.rights(page) == 0 ? Optional.empty() : Optional.of(new PhysAddr(tlb.phys(page))),
                (tlb.rights(page) & IoTlb.READ) != 0,
                (tlb.rights(page) & IoTlb.WRITE) != 0,
                tlb.isLocked(page),
                isStale(page));
    }

    /** Whether the table of a page, or of a part of it, says otherwise than the page. */
    private boolean isStale(int page) {
        PageTable table = domains.stream()
                .filter(domain -> domain.id() == tlb.space(page))
                .findFirst()
                .map(IommuDomain::table)
                .orElseThrow(() -> new AssertionError("page of a domain that is not attached: " + tlb.space(page)));
        long end = tlb.start(page) + tlb.bytes(page);
        for (long at = tlb.start(page); at != end; ) {
            long step = end - at;
            for (Access access : List.of(Access.READ, Access.WRITE)) {
                boolean has = (tlb.rights(page) & (access.isWrite() ? IoTlb.WRITE : IoTlb.READ)) != 0;
                Translation now = table.walk(new DmaAddr(at), access, WalkMemo.NONE);
                if (now instanceof Translation.Mapped mapped) {
                    if (!has || mapped.address().value() != tlb.address(page, at)) {
                        return true;
                    }
                    step = Math.min(
                            step, mapped.size().bytes() - (at & mapped.size().bytes() - 1));
                } else if (has) {
                    return true;
                }
            }
            at += step;
        }
        return false;
    }

    /** Throws if the IO-TLB contradicts itself. */
    void checkInvariants() {
        tlb.checkInvariants();
    }
}
