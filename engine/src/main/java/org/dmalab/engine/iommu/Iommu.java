package org.dmalab.engine.iommu;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** One IOMMU instance on the bus of one device. While no domain is attached addresses pass through untranslated. */
public final class Iommu {
    private final String name;
    private final PhysAddr registers;
    private final TraceSink trace;
    private final TranslationUnit unit;
    private @Nullable IommuDomain domain;

    /** Another domain is attached. */
    public record AlreadyAttached(String iommu, IommuDomain held) implements Reason {
        @Override
        public Errno errno() {
            return Errno.EBUSY;
        }

        @Override
        public String message() {
            return iommu + " is already attached";
        }

        @Override
        public String explain() {
            return iommu + " already translates by " + held + ": detach it first, an IOMMU walks one table at a time";
        }
    }

    /**
     * An instance with no domain.
     *
     * @param name as in the device tree, {@code 11a20000.sysmmu}
     * @param registers where its registers are
     * @param geometry what it keeps of its tables
     */
    public Iommu(String name, PhysAddr registers, IoTlbGeometry geometry, TraceSink trace) {
        this.name = name;
        this.registers = registers;
        this.trace = trace;
        this.unit = new TranslationUnit(geometry, trace);
    }

    /** Its name in the device tree. */
    public String name() {
        return name;
    }

    /** Where its registers are. */
    public PhysAddr registers() {
        return registers;
    }

    /** The domain it translates by, or null while it lets addresses through. */
    public @Nullable IommuDomain domain() {
        return domain;
    }

    /**
     * Translates by {@code newDomain} from now on ({@code iommu_attach_device}), with an empty IO-TLB; EBUSY if it has
     * another.
     *
     * @throws IllegalArgumentException if the domain's table tells its flushes to somebody else
     */
    public Outcome<IommuDomain> attach(IommuDomain newDomain) {
        if (domain != null && domain != newDomain) {
            return Outcome.failed(new AlreadyAttached(name, domain));
        }
        if (domain == null) {
            newDomain.attached(this);
            unit.attach(newDomain);
            domain = newDomain;
        }
        return Outcome.done(newDomain);
    }

    /** Lets addresses through from now on ({@code iommu_detach_device}), and forgets what it knew; nothing without a domain. */
    public void detach() {
        if (domain != null) {
            domain.detached(this);
            unit.detach(domain);
            domain = null;
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
     * Loads the page of {@code iova} into the IO-TLB so that no other replaces it, until the whole IO-TLB is flushed.
     *
     * @return the entry; EBUSY if every entry is locked, EFAULT if the table has no page there
     * @throws IllegalArgumentException if it has no domain, or entries that cannot be locked
     */
    public Outcome<IoTlbEntry> lock(DmaAddr iova) {
        return unit.lock(name, requireDomain(), iova);
    }

    private IommuDomain requireDomain() {
        if (domain == null) {
            throw new IllegalArgumentException(name + " must have a domain, it lets addresses through");
        }
        return domain;
    }

    /** Where an access of {@code master} at {@code iova} goes: an address in RAM, or an {@link IommuFault}. */
    Outcome<PhysAddr> translate(BusMaster master, DmaAddr iova, boolean write) {
        long address = translateOrFault(master, iova.value(), write);
        return address == TranslationUnit.FAULT
                ? Outcome.failed(fault(master, iova, write))
                : Outcome.done(new PhysAddr(address));
    }

    /** The same as a number: {@link TranslationUnit#FAULT} for an access that is stopped, and {@link #fault} has it. */
    long translateOrFault(BusMaster master, long iova, boolean write) {
        IommuDomain walked = domain;
        return walked == null ? iova : unit.translate(master, walked, iova, write);
    }

    /** Reports the access that {@link #translateOrFault} just stopped. */
    IommuFault fault(BusMaster master, DmaAddr iova, boolean write) {
        Translation.Fault end = unit.fault();
        trace.iommuFaulted(master, iova.value(), write, end.level());
        return new IommuFault(
                master,
                name,
                iova,
                write,
                end.kind(),
                end.level(),
                end.descriptorAddress(),
                end.descriptor(),
                requireDomain().tableRoot());
    }

    /** What translates inside it. */
    TranslationUnit unit() {
        return unit;
    }

    @Override
    public String toString() {
        return name + (domain == null ? " (bypass)" : " (" + domain + ")");
    }
}
