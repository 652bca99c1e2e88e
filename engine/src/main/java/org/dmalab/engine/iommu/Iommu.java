package org.dmalab.engine.iommu;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** One IOMMU instance on the bus of one device. While no domain is attached addresses pass through untranslated. */
public final class Iommu {
    private final String name;
    private final PhysAddr registers;
    private final TraceSink trace;
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
     */
    public Iommu(String name, PhysAddr registers, TraceSink trace) {
        this.name = name;
        this.registers = registers;
        this.trace = trace;
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

    /** Translates by {@code newDomain} from now on ({@code iommu_attach_device}); EBUSY if it has another. */
    public Outcome<IommuDomain> attach(IommuDomain newDomain) {
        if (domain != null && domain != newDomain) {
            return Outcome.failed(new AlreadyAttached(name, domain));
        }
        if (domain == null) {
            domain = newDomain;
            newDomain.attached();
        }
        return Outcome.done(newDomain);
    }

    /** Where an access of {@code master} at {@code iova} goes: an address in RAM, or an {@link IommuFault}. */
    Outcome<PhysAddr> translate(BusMaster master, DmaAddr iova, boolean write) {
        IommuDomain walked = domain;
        if (walked == null) {
            return Outcome.done(new PhysAddr(iova.value()));
        }
        Translation translation = walked.translate(iova, write ? Access.WRITE : Access.READ);
        trace.tableWalked(master, iova.value(), translation.level());
        return translation.fold(mapped -> Outcome.done(mapped.address()), end -> {
            trace.iommuFaulted(master, iova.value(), write, end.level());
            return Outcome.failed(new IommuFault(
                    master,
                    name,
                    iova,
                    write,
                    end.kind(),
                    end.level(),
                    end.descriptorAddress(),
                    end.descriptor(),
                    walked.tableRoot()));
        });
    }

    @Override
    public String toString() {
        return name + (domain == null ? " (bypass)" : " (" + domain + ")");
    }
}
