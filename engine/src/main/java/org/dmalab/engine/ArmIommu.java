package org.dmalab.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.arm.ArmIommuDmaOps;
import org.dmalab.engine.arm.AtomicMemory;
import org.dmalab.engine.arm.DmaIommuMapping;
import org.dmalab.engine.arm.Platform;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.iommu.AttachRefusal;
import org.dmalab.engine.iommu.Attachment;
import org.dmalab.engine.iommu.DomainType;
import org.dmalab.engine.iommu.IommuCore;
import org.dmalab.engine.iommu.IommuDevice;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.BitmapIovaDomain;

/** Who gives a device DMA addresses behind its IOMMU: {@code arm_iommu_create_mapping}, {@code arm_iommu_attach_device}. */
final class ArmIommu {
    /** {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT}: mappings are aligned to their size up to 1 MiB. */
    private static final int ALIGNMENT_CAP = 8;

    private final Platform platform;
    private final AtomicMemory atomic;
    private final IommuCore core;
    private final Map<DmaIommuMapping, ArmIommuDmaOps> opsOf = new HashMap<>();

    ArmIommu(Platform platform, AtomicMemory atomic, IommuCore core) {
        this.platform = platform;
        this.atomic = atomic;
        this.core = core;
    }

    /** A domain for devices like {@code device}, and an allocator for the addresses of {@code range} in it. */
    Outcome<DmaIommuMapping> createMapping(IommuDevice device, AddrRange<DmaAddr> range, int order) {
        BitmapIovaDomain.Granularity granularity = new BitmapIovaDomain.Granularity(order, ALIGNMENT_CAP);
        return BitmapIovaDomain.create(platform.era(), range.start(), range.bytes(), granularity, platform.trace())
                .then(iovas -> core.allocDomain(device, DomainType.UNMANAGED)
                        .then(domain -> Outcome.done(new DmaIommuMapping(domain, iovas))));
    }

    /** The backend of the devices attached to {@code mapping}. */
    ArmIommuDmaOps ops(DmaIommuMapping mapping) {
        return opsOf.computeIfAbsent(mapping, none -> new ArmIommuDmaOps(platform, mapping, atomic));
    }

    /**
     * {@code arm_iommu_attach_device}: what its driver answers; if that is 0 the device gets its addresses from {@code mapping}
     * from now on. EBUSY if the driver would, but buffers or mappings of the device are alive.
     */
    Outcome<Attachment> attach(DmaDevice device, DmaIommuMapping mapping) {
        Optional<IommuDomain> before = device.iommu().domain();
        return device.iommu().attach(mapping.domain()).then(attachment -> {
            if (attachment.returned() != 0) {
                return Outcome.done(attachment);
            }
            if (device.alive() > 0) {
                takeBack(device.iommu(), before);
                return Outcome.failed(busy("arm_iommu_attach_device", device));
            }
            device.setOps(ops(mapping));
            return Outcome.done(attachment);
        });
    }

    /** The device is in the domain it was in before an attach that is not to be. */
    private static void takeBack(IommuDevice device, Optional<IommuDomain> before) {
        IommuDevice detached = device.detach().orElseThrow(DmaFailure::new);
        before.ifPresent(domain -> {
            Attachment again = detached.attach(domain).orElseThrow(DmaFailure::new);
            assert again.returned() == 0;
        });
    }

    /** Linux does not look; what is alive would be given back to a backend that did not make it. */
    private static AttachRefusal busy(String call, DmaDevice device) {
        int alive = device.alive();
        return new AttachRefusal(
                Errno.EBUSY,
                call + ": " + Errno.EBUSY.text() + " [device=" + device.name() + "] [alive=" + alive + "]",
                device.name() + " has " + alive + (alive == 1 ? " buffer or mapping" : " buffers or mappings")
                        + " that would outlive the backend it came from, which Linux would not notice: free and unmap"
                        + " first. Nothing has changed");
    }

    /** {@code arm_iommu_detach_device}: the device gets physical addresses from {@code fallback} from now on. */
    Outcome<IommuDevice> detach(DmaDevice device, DmaMapOps fallback) {
        if (!(device.ops() instanceof ArmIommuDmaOps)) {
            return Outcome.failed(new AttachRefusal(
                    Errno.EINVAL,
                    device.name() + ": Not attached",
                    device.name() + " gets its addresses from no mapping: nothing to detach"));
        }
        if (device.alive() > 0) {
            return Outcome.failed(busy("arm_iommu_detach_device", device));
        }
        return device.iommu().detach().then(detached -> {
            device.setOps(fallback);
            return Outcome.done(detached);
        });
    }
}
