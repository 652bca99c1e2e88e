package org.dmalab.engine.iommu;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.jspecify.annotations.Nullable;

/** A device as the IOMMU-API sees it ({@code struct dev_iommu}): its interfaces, its group, and the domain it is attached to. */
public final class IommuDevice {
    private final BusMaster master;
    private final IommuFwspec fwspec;
    private final Era era;
    private final List<ReservedRegion> reserved;
    private final Map<IommuFwspec.Interface, IommuContext> contexts = new LinkedHashMap<>();
    private @Nullable IommuDomain domain;
    private @Nullable IommuGroup group;

    IommuDevice(BusMaster master, IommuFwspec fwspec, Era era, List<ReservedRegion> reserved) {
        this.master = master;
        this.fwspec = fwspec;
        this.era = era;
        this.reserved = List.copyOf(reserved);
    }

    /** Who it is on the bus. */
    public BusMaster master() {
        return master;
    }

    /** Its interfaces. */
    public IommuFwspec fwspec() {
        return fwspec;
    }

    /** The domain it is attached to. */
    public Optional<IommuDomain> domain() {
        return Optional.ofNullable(domain);
    }

    /** The devices that cannot be told from it, itself included; none for the drivers of Linux 3.14, which make no groups. */
    public Optional<IommuGroup> group() {
        return Optional.ofNullable(group);
    }

    /** What firmware and the IOMMU's driver say of its addresses, by start ({@code iommu_get_resv_regions}). */
    public List<ReservedRegion> reservedRegions() {
        return ReservedRegion.merged(reserved);
    }

    /**
     * Lets {@code wanted} translate its addresses ({@code iommu_attach_device}).
     *
     * @return how the driver put it, or an {@link AttachRefusal}, which says if something was changed
     * @throws IllegalArgumentException if {@code wanted} was made for another kind of IOMMU
     */
    public Outcome<Attachment> attach(IommuDomain wanted) {
        if (fwspec.isEmpty()) {
            return AttachRule.refused(
                    Errno.ENODEV,
                    "iommu_attach_device: " + Errno.ENODEV.text(),
                    master + " has no IOMMU: its addresses go to memory as they are");
        }
        requireModel(wanted);
        if (!era.atLeast(Era.V6_1)) {
            return rule().attach(this, wanted);
        }
        if (group == null) {
            return AttachRule.refused(
                    Errno.ENODEV,
                    "iommu_attach_device: " + Errno.ENODEV.text(),
                    master + " has no group: its IOMMU's driver has not probed it");
        }
        return group.attachOnly(this, wanted);
    }

    /** Throws unless {@code wanted} was made for the kind of IOMMU that is in front of it. */
    void requireModel(IommuDomain wanted) {
        IommuModel model = fwspec.interfaces().get(0).iommu().model();
        if (!wanted.model().equals(Optional.of(model))) {
            throw new IllegalArgumentException("domain must be made for " + model + ", which is in front of " + master
                    + ": " + wanted + " was made for "
                    + wanted.model().map(IommuModel::toString).orElse("no IOMMU"));
        }
    }

    /**
     * Ends what {@link #attach} did ({@code iommu_detach_device}): Linux 3.14 leaves the device untranslated, 6.1 goes back to its
     * group's default domain.
     *
     * @return this; or a failure, which the kernel only prints: it is not attached, or shares its group with others
     */
    public Outcome<IommuDevice> detach() {
        if (domain == null) {
            return Outcome.failed(new AttachRefusal(
                    Errno.EINVAL, master + ": Not attached", master + " is attached to no domain: nothing to detach"));
        }
        if (group == null || !era.atLeast(Era.V6_1)) {
            rule().detach(this);
        } else if (group.devices().size() != 1) {
            return Outcome.failed(new AttachRefusal(
                    Errno.EINVAL,
                    "WARNING: iommu_detach_device",
                    this + " shares " + group
                            + ": one device of it cannot leave a domain; detach the group. Nothing has" + " changed"));
        } else {
            group.detach();
        }
        return Outcome.done(this);
    }

    AttachRule rule() {
        return fwspec.interfaces().get(0).iommu().rule();
    }

    @Nullable
    IommuDomain heldDomain() {
        return domain;
    }

    void join(@Nullable IommuGroup joined) {
        group = joined;
    }

    /** The context of each interface that is connected. */
    Map<IommuFwspec.Interface, IommuContext> contexts() {
        return contexts;
    }

    /** Connects every interface to {@code wanted}, in the bank that its platform data says. */
    void connect(IommuDomain wanted) {
        connect(wanted, IommuFwspec.Interface::bank);
    }

    void connect(IommuDomain wanted, ToIntFunction<IommuFwspec.Interface> bank) {
        for (IommuFwspec.Interface each : fwspec.interfaces()) {
            IommuContext context = new IommuContext(bank.applyAsInt(each), wanted);
            each.iommu().connect(each, context);
            contexts.put(each, context);
        }
        domain = wanted;
        wanted.join(this);
    }

    /** Disconnects every interface. */
    void disconnect() {
        contexts.forEach((each, context) -> each.iommu().disconnect(each, context));
        leave();
    }

    /** Is no longer one of its domain's devices; others keep the contexts. */
    void leave() {
        IommuDomain held = domain;
        if (held != null) {
            held.leave(this);
        }
        contexts.clear();
        domain = null;
    }

    @Override
    public String toString() {
        return master.toString();
    }
}
