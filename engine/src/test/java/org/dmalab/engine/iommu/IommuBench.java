package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.TableRam;
import org.dmalab.engine.trace.TraceSink;

/** IOMMUs, devices and domains without a board. */
final class IommuBench {
    final TableRam ram = new TableRam();
    final FaultLog faults = new FaultLog(() -> 1500, MappingHistory.NONE);
    final IommuCore core;
    private final List<IommuDevice> devices = new ArrayList<>();

    IommuBench(Era era) {
        this(era, DefaultTranslation.STRICT);
    }

    IommuBench(Era era, DefaultTranslation translation) {
        core = new IommuCore(
                new IommuCore.Platform(era, translation, ram.memory, ram.ram, ram::holds, faults, TraceSink.NONE));
    }

    Iommu iommu(String name, IommuModel model) {
        return core.iommu(name, new PhysAddr(0x7000F000L), model);
    }

    IommuDevice device(String name, Iommu iommu, Integer... ids) {
        return device(name, new IommuFwspec.Interface("", iommu, Arrays.asList(ids), 0));
    }

    IommuDevice device(String name, IommuFwspec.Interface... interfaces) {
        return reserving(name, List.of(), interfaces);
    }

    IommuDevice reserving(String name, List<ReservedRegion> regions, IommuFwspec.Interface... interfaces) {
        IommuDevice device =
                core.device(new BusMaster(devices.size(), name), new IommuFwspec(Arrays.asList(interfaces)), regions);
        devices.add(device);
        return device;
    }

    IommuDomain domain(IommuDevice device) {
        return done(core.allocDomain(device, DomainType.UNMANAGED));
    }

    /** What the device's access comes to, through its first interface. */
    Outcome<PhysAddr> access(IommuDevice device, long iova, boolean write) {
        IommuFwspec.Interface first = device.fwspec().interfaces().get(0);
        return first.iommu().translate(device.master(), first.ids().get(0), new DmaAddr(iova), write);
    }

    IommuFault fault(IommuDevice device, long iova, boolean write) {
        return (IommuFault) reason(access(device, iova, write));
    }

    static <T> T done(Outcome<T> outcome) {
        return TableRam.made(outcome);
    }

    static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("must fail: " + value);
                },
                reason -> reason);
    }

    static Errno errno(Outcome<?> outcome) {
        return reason(outcome).errno();
    }
}
