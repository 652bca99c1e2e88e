package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.jspecify.annotations.Nullable;

/** Devices that an IOMMU cannot tell apart, or that are to translate alike ({@code struct iommu_group}). */
public final class IommuGroup {
    private final int id;
    private final Era era;
    private final List<IommuDevice> devices = new ArrayList<>();
    private @Nullable IommuDomain defaultDomain;
    private @Nullable IommuDomain domain;

    IommuGroup(int id, Era era) {
        this.id = id;
        this.era = era;
    }

    /** Its number: the smallest that was free. */
    public int id() {
        return id;
    }

    /** Its devices, in the order in which they were probed. */
    public List<IommuDevice> devices() {
        return Collections.unmodifiableList(devices);
    }

    /** The domain that it has when no driver asked for another. */
    public Optional<IommuDomain> defaultDomain() {
        return Optional.ofNullable(defaultDomain);
    }

    /** The domain that it has now. */
    public Optional<IommuDomain> domain() {
        return Optional.ofNullable(domain);
    }

    /** What its devices' addresses are reserved for, sorted and joined ({@code reserved_regions} in sysfs). */
    public List<ReservedRegion> reservedRegions() {
        return ReservedRegion.merged(devices.stream()
                .flatMap(device -> device.reservedRegions().stream())
                .toList());
    }

    /** The addresses that the DMA-API's allocator must leave out: all reserved ones but software's MSI window. */
    public List<AddrRange<DmaAddr>> addressesLeftOut() {
        return reservedRegions().stream()
                .filter(region -> region.type() != ReservedRegion.Type.SW_MSI)
                .map(ReservedRegion::range)
                .toList();
    }

    void add(IommuDevice device) {
        devices.add(device);
        device.join(this);
    }

    /** Its devices, none of them attached, have no group any more. */
    void dissolve() {
        devices.forEach(device -> device.join(null));
        devices.clear();
    }

    void isDefault(IommuDomain made) {
        defaultDomain = made;
    }

    /** {@code iommu_attach_device} of Linux 6.1. */
    Outcome<Attachment> attachOnly(IommuDevice device, IommuDomain wanted) {
        if (devices.size() != 1) {
            return AttachRule.refused(
                    Errno.EINVAL,
                    "iommu_attach_device: " + Errno.EINVAL.text(),
                    device + " shares " + this + ": one device of it cannot have a domain of its own; attach the group."
                            + " Nothing has changed");
        }
        return attach(wanted).then(group -> Outcome.done(Attachment.done(device, wanted)));
    }

    /**
     * Lets {@code wanted} translate for all its devices ({@code iommu_attach_group}). If one of them fails, Linux 6.1 puts all
     * back; 3.14 leaves those before it attached.
     *
     * @throws IllegalArgumentException if {@code wanted} was made for another kind of IOMMU
     */
    public Outcome<IommuGroup> attach(IommuDomain wanted) {
        devices.forEach(device -> device.requireModel(wanted));
        boolean modern = era.atLeast(Era.V6_1);
        if (modern && domain != null && domain != defaultDomain) {
            return Outcome.failed(new AttachRefusal(
                    Errno.EBUSY,
                    "iommu_attach_group: " + Errno.EBUSY.text(),
                    this + " is on " + domain.name()
                            + ", which somebody attached: detach it first. Nothing has changed"));
        }
        List<IommuDevice> attached = new ArrayList<>();
        for (IommuDevice device : devices) {
            Outcome<Attachment> outcome = device.rule().attach(device, wanted);
            if (outcome instanceof Outcome.Failed<Attachment> failed) {
                return Outcome.failed(modern ? putBack(attached, failed.reason()) : left(attached, failed.reason()));
            }
            attached.add(device);
        }
        domain = wanted;
        return Outcome.done(this);
    }

    private Reason putBack(List<IommuDevice> attached, Reason why) {
        for (IommuDevice device : attached) {
            moveTo(device, domain);
        }
        return new AttachRefusal(
                why.errno(),
                why.message(),
                why.explain() + ". The whole group is back on "
                        + domain().map(IommuDomain::name).orElse("no domain"));
    }

    private static Reason left(List<IommuDevice> attached, Reason why) {
        if (attached.isEmpty()) {
            return why;
        }
        return new AttachRefusal(
                why.errno(),
                why.message(),
                why.explain() + ". QUIRK of Linux 3.14: "
                        + attached.stream().map(IommuDevice::toString).collect(Collectors.joining(", "))
                        + " stay attached, nothing is undone");
    }

    private static void moveTo(IommuDevice device, @Nullable IommuDomain target) {
        if (target == null) {
            device.rule().detach(device);
        } else {
            Outcome<Attachment> back = device.rule().attach(device, target);
            if (back instanceof Outcome.Failed<Attachment> failed) {
                throw new AssertionError("a domain that a device came from takes it back: "
                        + failed.reason().message());
            }
        }
    }

    /** All its devices go back to the default domain, or to none ({@code iommu_detach_group}). */
    public void detach() {
        for (IommuDevice device : devices) {
            if (device.heldDomain() == null || device.heldDomain() == defaultDomain) {
                continue;
            }
            if (!device.fwspec().isEmpty() && defaultDomain == null) {
                device.rule().detach(device);
            } else {
                moveTo(device, defaultDomain);
            }
        }
        domain = defaultDomain;
    }

    /**
     * Maps what is to be reached one to one, page by page where nothing is mapped yet
     * ({@code iommu_create_device_direct_mappings}).
     */
    Outcome<IommuGroup> mapDirect(IommuDevice device, IommuDomain into) {
        if (!into.type().isDma()) {
            return Outcome.done(this);
        }
        PageSize page = into.pageSizes().get(0);
        for (ReservedRegion region : device.reservedRegions()) {
            if (!region.type().isDirect()) {
                continue;
            }
            long end = page.alignDown(region.range().last()) + page.bytes();
            for (long at = page.alignDown(region.range().start().value()); at != end; at += page.bytes()) {
                if (into.iovaToPhys(new DmaAddr(at)).value() != 0) {
                    continue;
                }
                Outcome<AddrRange<DmaAddr>> mapped =
                        into.map(new DmaAddr(at), new PhysAddr(at), page.bytes(), region.prot());
                if (mapped.isFailed()) {
                    return mapped.asFailed();
                }
            }
        }
        return Outcome.done(this);
    }

    /** {@code group 3: dc, dcb}. */
    @Override
    public String toString() {
        return "group " + id + ": "
                + devices.stream().map(IommuDevice::toString).collect(Collectors.joining(", "));
    }
}
