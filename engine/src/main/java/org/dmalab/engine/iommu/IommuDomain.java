package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * One translation shared by the IOMMUs attached to it ({@code struct iommu_domain}). It enters what it is told where it is
 * told; who chooses the addresses is above.
 */
public final class IommuDomain {
    private final int id;
    private final DomainType type;
    private final @Nullable IommuModel model;
    private final PageTable table;
    private final Era era;
    private final PageSizing sizing;
    private final TraceSink trace;
    private final DomainFlush flush;
    private final boolean isHeard;
    private final List<IommuDevice> devices = new ArrayList<>();
    private @Nullable Iommu home;
    private @Nullable FaultHandler handler;

    /**
     * A domain numbered {@code id} that translates by {@code table}, filled as the core of {@code era} does. Its table tells
     * its flushes to somebody else, so no IOMMU can be attached.
     */
    public IommuDomain(int id, PageTable table, Era era, TraceSink trace) {
        this(id, DomainType.UNMANAGED, null, table, era, trace, new DomainFlush(id, trace), false);
    }

    private IommuDomain(
            int id,
            DomainType type,
            @Nullable IommuModel model,
            PageTable table,
            Era era,
            TraceSink trace,
            DomainFlush flush,
            boolean isHeard) {
        this.id = id;
        this.type = type;
        this.model = model;
        this.table = table;
        this.flush = flush;
        this.isHeard = isHeard;
        this.era = era;
        this.sizing = new PageSizing(table.pageSizes(), era.atLeast(Era.V6_1));
        this.trace = trace;
    }

    /**
     * A domain that IOMMUs can be attached to: what its table owes reaches them.
     *
     * @param table makes the table, which tells its flushes to what it is given
     * @return the domain, or why there is no table
     */
    public static <T extends PageTable> Outcome<IommuDomain> create(
            int id, Era era, TraceSink trace, Function<FlushOps, Outcome<T>> table) {
        DomainFlush flush = new DomainFlush(id, trace);
        return table.apply(flush)
                .then(made ->
                        Outcome.done(new IommuDomain(id, DomainType.UNMANAGED, null, made, era, trace, flush, true)));
    }

    /** A domain of {@code type} for devices behind IOMMUs of {@code model}. */
    static Outcome<IommuDomain> create(
            int id,
            DomainType type,
            IommuModel model,
            Era era,
            TraceSink trace,
            Function<FlushOps, Outcome<PageTable>> table) {
        DomainFlush flush = new DomainFlush(id, trace);
        return table.apply(flush)
                .then(made -> Outcome.done(new IommuDomain(id, type, model, made, era, trace, flush, true)));
    }

    /** Its number, as the trace events carry it. */
    public int id() {
        return id;
    }

    /** {@code domain 3}. */
    public String name() {
        return "domain " + id;
    }

    /** What it is for. */
    public DomainType type() {
        return type;
    }

    /** The kind of IOMMU it was made for; empty for one that only fills a table. */
    public Optional<IommuModel> model() {
        return Optional.ofNullable(model);
    }

    /** Lets it translate for {@code device} ({@code iommu_attach_device}); see {@link IommuDevice#attach}. */
    public Outcome<Attachment> attach(IommuDevice device) {
        return device.attach(this);
    }

    /**
     * Ends {@link #attach} ({@code iommu_detach_device}); see {@link IommuDevice#detach}.
     *
     * @throws IllegalArgumentException if {@code device} is not attached to this domain
     */
    public Outcome<IommuDevice> detach(IommuDevice device) {
        if (!devices.contains(device)) {
            throw new IllegalArgumentException(
                    "device must be one of " + devices + ", attached to " + name() + ": " + device);
        }
        return device.detach();
    }

    /** The devices attached to it, first come first. */
    public List<IommuDevice> devices() {
        return Collections.unmodifiableList(devices);
    }

    void join(IommuDevice device) {
        devices.add(device);
    }

    void leave(IommuDevice device) {
        devices.remove(device);
    }

    /** The instance in whose context bank it lives, for IOMMUs of which one has it; null before the first device comes. */
    @Nullable
    Iommu home() {
        return home;
    }

    void settle(Iommu instance) {
        home = instance;
    }

    /** Asks {@code asked} about each fault from now on ({@code iommu_set_fault_handler}). */
    public void setFaultHandler(FaultHandler asked) {
        handler = asked;
    }

    /** {@code report_iommu_fault}: what the handler answers, {@code -ENOSYS} if there is none. */
    int reportFault(BusMaster master, DmaAddr iova, int flags) {
        return handler == null ? FaultHandler.NOT_HANDLED : handler.handle(this, master, iova, flags);
    }

    /** The root of its table in RAM. */
    public PhysAddr tableRoot() {
        return table.root();
    }

    /** The page sizes it can enter, smallest first. */
    public List<PageSize> pageSizes() {
        return table.pageSizes();
    }

    /** One more IOMMU walks this table and must be told of each unmap. */
    void attached(Iommu iommu) {
        if (!isHeard) {
            throw new IllegalArgumentException(
                    "domain must hear what its table flushes, as those of IommuDomain.create do: " + this);
        }
        flush.add(iommu);
    }

    /** An IOMMU walks this table no longer. */
    void detached(Iommu iommu) {
        flush.remove(iommu);
    }

    /** The table it translates by. */
    public PageTable table() {
        return table;
    }

    /** {@link #map(DmaAddr, PhysAddr, long, IommuProt)} for reading and writing. */
    public Outcome<AddrRange<DmaAddr>> map(DmaAddr iova, PhysAddr phys, long bytes) {
        return map(iova, phys, bytes, IommuProt.READ_WRITE);
    }

    /**
     * Makes {@code [iova, iova + bytes)} lead to {@code phys} and on ({@code iommu_map}), in pages as large as the
     * addresses allow. On failure nothing of the range stays mapped, unless the era's driver left it so.
     *
     * @return the range, EINVAL if something is not a multiple of the smallest page, or the table's reason
     */
    public Outcome<AddrRange<DmaAddr>> map(DmaAddr iova, PhysAddr phys, long bytes, IommuProt prot) {
        PageSize smallest = sizing.smallest();
        if (!type.isPaging()) {
            return Outcome.failed(new MapArguments.NoTable("iommu_map", iova, bytes, type));
        }
        if (bytes <= 0 || !smallest.isAligned(iova.value() | phys.value() | bytes)) {
            return Outcome.failed(new MapArguments.Misaligned(iova, phys, bytes, smallest));
        }
        if (isOutside(iova, bytes)) {
            return Outcome.failed(new MapArguments.OutsideAperture(iova, bytes, table.aperture()));
        }
        for (long done = 0; done < bytes; ) {
            long at = iova.value() + done;
            long to = phys.value() + done;
            PageSize size = sizing.size(at | to, bytes - done);
            int count = sizing.count(size, at, at ^ to, bytes - done);
            long entered = table.map(new DmaAddr(at), new PhysAddr(to), size, count, prot);
            done += entered;
            if (entered < count * size.bytes()) {
                if (done > 0) {
                    unmap(new AddrRange<>(iova, done)).sync();
                }
                return Outcome.failed(table.refusal());
            }
        }
        trace.iommuMapped(id, iova.value(), phys.value(), bytes);
        return Outcome.done(new AddrRange<>(iova, bytes));
    }

    /**
     * Makes addresses from {@code iova} on lead to {@code segments}, one after the other ({@code iommu_map_sg} of Linux 6.1).
     * Segments that touch are mapped as one, in pages as large as that allows. On failure nothing stays mapped.
     *
     * @return the range; EINVAL if a segment is not a multiple of the smallest page, or the table's reason
     * @throws IllegalArgumentException if there are no segments, or for Linux 3.14, which has no such function
     */
    public Outcome<AddrRange<DmaAddr>> mapSg(DmaAddr iova, List<AddrRange<PhysAddr>> segments, IommuProt prot) {
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("segments must be at least 1: []");
        }
        if (!era.atLeast(Era.V6_1)) {
            throw new IllegalArgumentException("era must be 6.1 or later, which has iommu_map_sg: " + era);
        }
        long done = 0;
        for (int i = 0; i < segments.size(); ) {
            AddrRange<PhysAddr> first = segments.get(i++);
            long bytes = first.bytes();
            while (i < segments.size()
                    && segments.get(i).start().equals(first.start().plus(bytes))) {
                bytes += segments.get(i++).bytes();
            }
            Outcome<AddrRange<DmaAddr>> run = map(iova.plus(done), first.start(), bytes, prot);
            if (run.isFailed()) {
                if (done > 0) {
                    unmap(new AddrRange<>(iova, done)).sync();
                }
                return run;
            }
            done += bytes;
        }
        return Outcome.done(new AddrRange<>(iova, done));
    }

    private boolean isOutside(DmaAddr iova, long bytes) {
        AddrRange<DmaAddr> aperture = table.aperture();
        return !table.judgesAperture() && (!aperture.contains(iova) || bytes - 1 > aperture.last() - iova.value());
    }

    /**
     * Makes {@code range} untranslatable ({@code iommu_unmap}); IO-TLBs may still know it until the gather is synced. Ends
     * early where the driver counts nothing as unmapped; removes more where it removes whole pages only.
     *
     * @return what is owed to the IO-TLBs, and how many bytes the table counts as unmapped; for a range that is not whole pages
     *     what the era's core returns, and {@link IotlbGather#refusal}
     */
    public IotlbGather unmap(AddrRange<DmaAddr> range) {
        return unmap(range, false);
    }

    /**
     * The same for a flush queue ({@code gather.queued}): nothing is gathered, and IO-TLBs know the range until the next
     * {@link #flushAll}.
     */
    public IotlbGather unmapQueued(AddrRange<DmaAddr> range) {
        return unmap(range, true);
    }

    private IotlbGather unmap(AddrRange<DmaAddr> range, boolean queued) {
        PageSize smallest = sizing.smallest();
        if (!type.isPaging()) {
            return IotlbGather.refused(
                    flush,
                    range.start(),
                    era,
                    new MapArguments.NoTable("iommu_unmap", range.start(), range.bytes(), type));
        }
        if (!smallest.isAligned(range.start().value() | range.bytes())) {
            return IotlbGather.refused(
                    flush, range.start(), era, new MapArguments.MisalignedUnmap(range, smallest, era));
        }
        if (isOutside(range.start(), range.bytes())) {
            throw new IllegalArgumentException("range must lie in the aperture " + table.aperture() + ": " + range);
        }
        IotlbGather gather = IotlbGather.of(flush, range.start(), queued);
        flush.open(gather);
        try {
            gather.unmapped(remove(range));
        } finally {
            flush.close();
        }
        trace.iommuUnmapped(id, range.start().value(), gather.unmappedBytes());
        return gather;
    }

    /** The bytes that the table counts as unmapped. */
    private long remove(AddrRange<DmaAddr> range) {
        long done = 0;
        while (done < range.bytes()) {
            long at = range.start().value() + done;
            PageSize size = sizing.size(at, range.bytes() - done);
            int count = sizing.count(size, at, 0, range.bytes() - done);
            long removed = table.unmap(new DmaAddr(at), size, count);
            if (removed == 0) {
                break;
            }
            done += removed;
        }
        return done;
    }

    /** Makes every attached IOMMU forget the domain ({@code flush_iotlb_all}). */
    public void flushAll() {
        flush.flushAll();
    }

    /** Where a read of {@code iova} leads, by the hardware's walk of the table in RAM. */
    public Translation translate(DmaAddr iova) {
        return translate(iova, Access.READ);
    }

    /** Where an access to {@code iova} leads, by the hardware's walk of the table in RAM. */
    public Translation translate(DmaAddr iova, Access access) {
        return table.walk(iova, access);
    }

    /** What the driver answers for {@code iommu_iova_to_phys}; 0 for no translation. */
    public PhysAddr iovaToPhys(DmaAddr iova) {
        return table.iovaToPhys(iova);
    }

    @Override
    public String toString() {
        return name() + (type.isPaging() ? ", table at " + table.root() : ", " + type) + ", "
                + flush.iommus().size() + (flush.iommus().size() == 1 ? " IOMMU" : " IOMMUs") + ", pages of "
                + String.join(
                        ", ",
                        pageSizes().stream()
                                .map(size -> Bytes.text(size.bytes()))
                                .toList());
    }
}
