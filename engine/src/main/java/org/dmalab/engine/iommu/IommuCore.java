package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.trace.TraceSink;

/**
 * The IOMMU-API of a machine ({@code drivers/iommu/iommu.c}): its instances, the devices behind them, and the domains made for
 * them. Up to Linux 3.14 a device is attached to what a driver asks for and to nothing before; from 6.1 on every device is put
 * into a group when it is probed, and the group gets a default domain.
 */
public final class IommuCore {
    private final Platform platform;
    private final List<Iommu> iommus = new ArrayList<>();
    private final List<IommuGroup> groups = new ArrayList<>();
    /** The GART's entries are registers: every domain has the same ones. */
    private final Map<Iommu, PageTable> registerTables = new HashMap<>();

    private int domains;

    /**
     * What the IOMMU-API works with.
     *
     * @param translation the default domain of a group, from Linux 6.1 on
     * @param pfnValid which page frames the kernel knows
     * @param faults is told of every fault
     */
    public record Platform(
            Era era,
            DefaultTranslation translation,
            TableMemory tables,
            PhysicalMemory ram,
            LongPredicate pfnValid,
            FaultLog faults,
            TraceSink trace) {}

    /** No instances yet. */
    public IommuCore(Platform platform) {
        this.platform = platform;
    }

    /** A new instance, switched off. */
    public Iommu iommu(String name, PhysAddr base, IommuModel model) {
        return iommu(name, base, model, model.geometry(platform.era()));
    }

    /** A new instance, switched off, with an IO-TLB other than its model's. */
    public Iommu iommu(String name, PhysAddr base, IommuModel model, IoTlbGeometry geometry) {
        return iommu(name, base, model, geometry, model.banks());
    }

    /**
     * A new instance, switched off, with as many contexts as its node says ({@code qcom,ncb}).
     *
     * @throws IllegalArgumentException if it cannot have so many
     */
    public Iommu iommu(String name, PhysAddr base, IommuModel model, IoTlbGeometry geometry, int banks) {
        if (banks < 1 || banks > model.mostBanks()) {
            throw new IllegalArgumentException(
                    "contexts of " + model + " must be 1.." + model.mostBanks() + ": " + banks);
        }
        Iommu iommu = new Iommu(name, base, model, geometry, banks, platform);
        iommus.add(iommu);
        return iommu;
    }

    /** All instances. */
    public List<Iommu> iommus() {
        return Collections.unmodifiableList(iommus);
    }

    /** All groups, by number; none up to Linux 3.14. */
    public List<IommuGroup> groups() {
        return Collections.unmodifiableList(groups);
    }

    /** Every fault so far. */
    public FaultLog faults() {
        return platform.faults();
    }

    /** A device that no driver has probed: without a group. */
    public IommuDevice device(BusMaster master, IommuFwspec fwspec, List<ReservedRegion> firmware) {
        List<ReservedRegion> reserved = new ArrayList<>(firmware);
        boolean publishesMsi = fwspec.interfaces().stream()
                .map(each -> each.iommu().model())
                .anyMatch(model -> model.equals(IommuModel.ARM_SMMU_V2) || model.equals(IommuModel.ARM_SMMU_V3));
        if (publishesMsi) {
            reserved.add(ReservedRegion.ARM_SW_MSI);
        }
        return new IommuDevice(master, fwspec, platform.era(), reserved);
    }

    /**
     * A domain for devices like {@code device} ({@code iommu_domain_alloc}).
     *
     * @return the domain, ENODEV without an IOMMU, or what stands in the way
     */
    public Outcome<IommuDomain> allocDomain(IommuDevice device, DomainType type) {
        if (device.fwspec().isEmpty()) {
            return Outcome.failed(new AttachRefusal(
                    Errno.ENODEV, "iommu_domain_alloc: " + Errno.ENODEV.text(), device + " has no IOMMU"));
        }
        Iommu iommu = device.fwspec().interfaces().get(0).iommu();
        IommuModel model = iommu.model();
        if (!model.supports(platform.era(), type)) {
            return Outcome.failed(new AttachRefusal(
                    Errno.ENOMEM,
                    "iommu_domain_alloc: no domain",
                    platform.era().atLeast(Era.V6_1)
                            ? "the driver of " + model + " makes no domain of type " + type
                            : platform.era() + " knows no domain types: every domain is UNMANAGED"));
        }
        return iommu.rule()
                .room(iommu)
                .then(room -> IommuDomain.create(
                        domains, type, model, platform.era(), platform.trace(), flush -> table(iommu, type, flush)))
                .then(domain -> {
                    domains++;
                    iommu.rule().made(iommu, domain);
                    return Outcome.done(domain);
                });
    }

    private Outcome<PageTable> table(Iommu iommu, DomainType type, FlushOps flush) {
        if (!type.isPaging()) {
            return Outcome.done(new TablelessTable());
        }
        if (iommu.model().equals(IommuModel.TEGRA20_GART)) {
            PageTable entries = registerTables.get(iommu);
            return entries != null
                    ? Outcome.done(entries)
                    : made(iommu.model(), flush).then(first -> {
                        registerTables.put(iommu, first);
                        return Outcome.done(first);
                    });
        }
        return made(iommu.model(), flush);
    }

    private Outcome<PageTable> made(IommuModel model, FlushOps flush) {
        return model.tables().create(platform.tables(), platform.era(), platform.pfnValid(), flush);
    }

    /**
     * Probes devices, each with its neighbours of one group ({@code bus_iommu_probe}): the group, its default domain, and the
     * direct mappings, before anybody is attached. Without a default domain of a type the driver makes, a group has none.
     *
     * @return the groups; or why a default domain could not be attached or filled: that group is gone, those before it stay
     * @throws IllegalArgumentException up to Linux 3.14, whose drivers for these IOMMUs make no groups; or if a device has a
     *     group, or is named twice
     */
    public Outcome<List<IommuGroup>> probe(List<IommuDevice> devices) {
        if (!platform.era().atLeast(Era.V6_1)) {
            throw new IllegalArgumentException(
                    "era must be 6.1 or later, whose drivers put devices into groups when they probe them: "
                            + platform.era());
        }
        List<IommuDevice> translated =
                devices.stream().filter(device -> !device.fwspec().isEmpty()).toList();
        requireUngrouped(translated);
        // By the name of the group that hardware makes, or by the device itself.
        Map<Object, List<IommuDevice>> alike = new LinkedHashMap<>();
        for (IommuDevice device : translated) {
            Object shared =
                    TegraSwgroup.sharedGroup(device).<Object>map(name -> name).orElse(device);
            alike.computeIfAbsent(shared, none -> new ArrayList<>()).add(device);
        }
        List<IommuGroup> probed = new ArrayList<>();
        for (List<IommuDevice> members : alike.values()) {
            IommuGroup group = group(members);
            Outcome<IommuGroup> ready = setUp(group);
            if (ready.isFailed()) {
                groups.remove(group);
                group.dissolve();
                return ready.asFailed();
            }
            probed.add(group);
        }
        return Outcome.done(probed);
    }

    /**
     * A group made by hand ({@code iommu_group_alloc}, {@code iommu_group_add_device}), with the smallest free number.
     *
     * @throws IllegalArgumentException if there is no device, or one has no IOMMU, a group already, or is named twice
     */
    public IommuGroup group(List<IommuDevice> devices) {
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("devices must be at least 1: []");
        }
        requireUngrouped(devices);
        IommuGroup group = new IommuGroup(groups.size(), platform.era());
        devices.forEach(group::add);
        groups.add(group);
        return group;
    }

    private static void requireUngrouped(List<IommuDevice> devices) {
        Set<IommuDevice> seen = new HashSet<>();
        for (IommuDevice device : devices) {
            if (device.fwspec().isEmpty() || device.group().isPresent()) {
                throw new IllegalArgumentException("devices must have an IOMMU and no group: " + device
                        + device.group().map(group -> " is in " + group).orElse(" has no IOMMU"));
            }
            if (!seen.add(device)) {
                throw new IllegalArgumentException("devices must be named once each: " + device + " of " + devices);
            }
        }
    }

    private Outcome<IommuGroup> setUp(IommuGroup group) {
        Optional<IommuDomain> wished = defaultDomain(group.devices().get(0));
        if (wished.isEmpty()) {
            return Outcome.done(group);
        }
        group.isDefault(wished.get());
        for (IommuDevice device : group.devices()) {
            Outcome<IommuGroup> direct = group.mapDirect(device, wished.get());
            if (direct.isFailed()) {
                return direct;
            }
        }
        return group.attach(wished.get());
    }

    /** That of the wished type, else a strict one, else none ({@code iommu_group_alloc_default_domain}). */
    private Optional<IommuDomain> defaultDomain(IommuDevice device) {
        return tryDomain(device, platform.translation().type()).or(() -> tryDomain(device, DomainType.DMA));
    }

    private Optional<IommuDomain> tryDomain(IommuDevice device, DomainType type) {
        return allocDomain(device, type).fold(Optional::of, reason -> Optional.empty());
    }
}
