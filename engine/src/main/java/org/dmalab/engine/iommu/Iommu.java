package org.dmalab.engine.iommu;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** One IOMMU instance. The addresses of a stream id without a domain pass through untranslated. */
public final class Iommu {
    private final String name;
    private final PhysAddr base;
    private final IommuModel model;
    private final AttachRule rule;
    private final FaultRegisters faults;
    private final PhysicalMemory ram;
    private final FaultLog log;
    private final TraceSink trace;
    private final StreamTable streams = new StreamTable();
    private final BitSet usedBanks = new BitSet();
    private final Map<IommuDomain, Integer> bankOf = new HashMap<>();
    private @Nullable IommuDomain domain;

    /**
     * An instance with no domain.
     *
     * @param name as in the device tree, {@code 11a20000.sysmmu}
     * @param base where its registers are
     */
    Iommu(String name, PhysAddr base, IommuModel model, IommuCore.Platform platform) {
        this.name = name;
        this.base = base;
        this.model = model;
        this.rule = model.rule(platform.era());
        this.faults = model.faults().create(platform.era(), name, base);
        this.ram = platform.ram();
        this.log = platform.faults();
        this.trace = platform.trace();
    }

    /** Its name in the device tree. */
    public String name() {
        return name;
    }

    /** Where its registers are. */
    public PhysAddr base() {
        return base;
    }

    /** What it is. */
    public IommuModel model() {
        return model;
    }

    /** Its registers, as far as they are modelled. */
    public IommuRegisters registers() {
        return faults.registers;
    }

    /** The domain that was connected last and still is, or null while every address passes. */
    public @Nullable IommuDomain domain() {
        return domain;
    }

    AttachRule rule() {
        return rule;
    }

    /** How many contexts it has. */
    int banks() {
        return model.banks();
    }

    int freeBanks() {
        return model.banks() - usedBanks.cardinality();
    }

    /** The first free bank, in use from now on; there is one. */
    int takeBank() {
        int bank = usedBanks.nextClearBit(0);
        usedBanks.set(bank);
        return bank;
    }

    void freeBank(int bank) {
        usedBanks.clear(bank);
    }

    boolean hasBank(IommuDomain of) {
        return bankOf.containsKey(of);
    }

    /** The bank in which {@code of} lives here, the first free one if it lived in none. */
    int bankFor(IommuDomain of) {
        return bankOf.computeIfAbsent(of, none -> takeBank());
    }

    void freeBankOf(IommuDomain of) {
        Integer bank = bankOf.remove(of);
        if (bank != null) {
            freeBank(bank);
        }
    }

    /** Lets {@code context} translate for the ids of {@code through}. */
    void connect(IommuFwspec.Interface through, IommuContext context) {
        through.ids().forEach(id -> streams.set(id, context));
        domain = context.domain();
        faults.connected(context);
        context.domain().attached();
    }

    /** Lets the addresses of the ids of {@code through} pass. */
    void disconnect(IommuFwspec.Interface through, IommuContext context) {
        silence(through);
        context.domain().detached();
        if (!streams.has(context.domain())) {
            faults.disconnected(context);
            domain = domain == context.domain() ? null : domain;
        }
    }

    /** As {@link #disconnect}, but nobody in the kernel knows. */
    void silence(IommuFwspec.Interface through) {
        through.ids().forEach(id -> streams.set(id, null));
    }

    /** Where an access of {@code master} with stream id {@code id} goes: an address in RAM, or an {@link IommuFault}. */
    Outcome<PhysAddr> translate(BusMaster master, int id, DmaAddr iova, boolean write) {
        IommuContext context = streams.get(id);
        if (context == null || !faults.translates()) {
            return Outcome.done(new PhysAddr(iova.value()));
        }
        Translation translation = context.domain().translate(iova, write ? Access.WRITE : Access.READ);
        trace.tableWalked(master, iova.value(), translation.level());
        return translation.fold(
                mapped -> Outcome.done(mapped.address()),
                end -> Outcome.failed(fault(new FaultSite(this, master, id, context, iova, write, end, ram))));
    }

    private IommuFault fault(FaultSite site) {
        trace.iommuFaulted(
                site.master(), site.iova().value(), site.write(), site.end().level());
        IommuDomain walked = site.context().domain();
        String before = log.before(site.master(), walked, site.iova());
        IommuFault fault = new IommuFault(
                site.master(),
                name,
                site.iova(),
                site.write(),
                site.end(),
                walked.tableRoot(),
                before,
                walked.table().quirks(),
                faults.report(site));
        log.add(fault);
        return fault;
    }

    @Override
    public String toString() {
        return name + (domain == null ? " (bypass)" : " (" + domain + ")");
    }
}
