package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** One IOMMU instance. The addresses of a stream id without a domain pass through untranslated. */
public final class Iommu {
    private final String name;
    private final PhysAddr base;
    private final IommuModel model;
    private final int banks;
    private final AttachRule rule;
    private final FaultRegisters faults;
    private final TranslationUnit unit;
    private final PhysicalMemory ram;
    private final FaultLog log;
    private final TraceSink trace;
    private final StreamTable streams = new StreamTable();
    /** Whom its streams translate by, last connected last. */
    private final List<IommuDomain> walked = new ArrayList<>();

    private final BitSet usedBanks = new BitSet();
    private final Map<IommuDomain, Integer> bankOf = new HashMap<>();

    /**
     * An instance with no domain.
     *
     * @param name as in the device tree, {@code 11a20000.sysmmu}
     * @param base where its registers are
     * @param geometry what it keeps of its tables
     * @param banks how many contexts it has
     */
    Iommu(
            String name,
            PhysAddr base,
            IommuModel model,
            IoTlbGeometry geometry,
            int banks,
            IommuCore.Platform platform) {
        this.name = name;
        this.base = base;
        this.model = model;
        this.banks = banks;
        this.rule = model.rule(platform.era());
        this.faults = model.faults().create(platform.era(), name, base);
        this.unit = new TranslationUnit(geometry, platform.trace());
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

    /** The domain it translates by, of several the one that was connected last; null while every address passes. */
    public @Nullable IommuDomain domain() {
        return walked.isEmpty() ? null : walked.get(walked.size() - 1);
    }

    AttachRule rule() {
        return rule;
    }

    /** How many contexts it has. */
    int banks() {
        return banks;
    }

    int freeBanks() {
        return banks - usedBanks.cardinality();
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

    /**
     * Lets {@code context} translate for the ids of {@code through}, with an IO-TLB that knows nothing of it.
     *
     * @throws IllegalArgumentException if the domain's table tells its flushes to somebody else
     */
    void connect(IommuFwspec.Interface through, IommuContext context) {
        IommuDomain connected = context.domain();
        if (!walked.contains(connected)) {
            connected.attached(this);
            unit.attach(connected);
        }
        walked.remove(connected);
        walked.add(connected);
        through.ids().forEach(id -> streams.set(id, context));
        if (!context.isBypass()) {
            faults.connected(context);
        }
    }

    /** Lets the addresses of the ids of {@code through} pass, and forgets a domain that no other id has. */
    void disconnect(IommuFwspec.Interface through, IommuContext context) {
        IommuDomain left = context.domain();
        silence(through, context);
        if (!streams.has(left) && walked.remove(left)) {
            left.detached(this);
            unit.detach(left);
        }
        if (!context.isBypass() && !streams.hasBank(context.bank())) {
            faults.disconnected(context);
        }
    }

    /** As {@link #disconnect}, but nobody in the kernel knows; ids that another domain has by now keep it. */
    void silence(IommuFwspec.Interface through, IommuContext context) {
        for (int id : through.ids()) {
            if (context.equals(streams.get(id))) {
                streams.set(id, null);
            }
        }
    }

    /** What its IO-TLB holds, and how often it had what was asked for. */
    public IoTlbView tlb() {
        return unit.view(name);
    }

    /**
     * Whether each hit is compared with the table, and {@link TraceSink#staleTranslation} told if they differ. Off at first:
     * it takes a walk for each access, of which the simulated time knows nothing.
     */
    public void watchStale(boolean watch) {
        unit.watchStale(watch);
    }

    /**
     * Loads the page of {@code iova} into the IO-TLB so that no other replaces it, until the whole IO-TLB is flushed. QUIRK of the
     * driver: to lock a page again takes one more entry, though the older one is empty then.
     *
     * @return the entry; EBUSY if every entry is locked, EFAULT if the table has no page there
     * @throws IllegalArgumentException if it has no domain, or entries that cannot be locked
     */
    public Outcome<IoTlbEntry> lock(DmaAddr iova) {
        return unit.lock(name, requireDomain(), iova);
    }

    private IommuDomain requireDomain() {
        IommuDomain domain = domain();
        if (domain == null) {
            throw new IllegalArgumentException(name + " must have a domain, it lets addresses through");
        }
        return domain;
    }

    /** Where an access of {@code master} with stream id {@code id} goes: an address in RAM, or an {@link IommuFault}. */
    Outcome<PhysAddr> translate(BusMaster master, int id, DmaAddr iova, boolean write) {
        long address = translateOrFault(master, id, iova.value(), write);
        return address == TranslationUnit.FAULT
                ? Outcome.failed(fault(master, id, iova, write))
                : Outcome.done(new PhysAddr(address));
    }

    /** The same as a number: {@link TranslationUnit#FAULT} for an access that is stopped, and {@link #fault} has it. */
    long translateOrFault(BusMaster master, int id, long iova, boolean write) {
        IommuContext context = streams.get(id);
        return context == null || context.isBypass() || !faults.translates()
                ? iova
                : unit.translate(master, context.domain(), iova, write);
    }

    /** Reports the access that {@link #translateOrFault} just stopped. */
    IommuFault fault(BusMaster master, int id, DmaAddr iova, boolean write) {
        IommuContext context = streams.get(id);
        if (context == null) {
            throw new IllegalStateException("no access of stream " + id + " was stopped");
        }
        Translation.Fault end = unit.fault();
        trace.iommuFaulted(master, iova.value(), write, end.level());
        IommuDomain through = context.domain();
        IommuFault fault = new IommuFault(
                master,
                name,
                iova,
                write,
                end,
                through.tableRoot(),
                log.before(master, through, iova),
                through.table().quirks(),
                faults.report(new FaultSite(this, master, id, context, iova, write, end, ram)));
        log.add(fault);
        return fault;
    }

    /** What translates inside it. */
    TranslationUnit unit() {
        return unit;
    }

    @Override
    public String toString() {
        IommuDomain domain = domain();
        return name + (domain == null ? " (bypass)" : " (" + domain + ")");
    }
}
