package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code arm-smmu.c} of Linux 6.1: a domain lives in a context bank of one SMMU; the stream map entries of a device name it. The
 * SMMU of a device is that of its first interface.
 */
final class ArmSmmuAttach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        Iommu own = device.fwspec().interfaces().get(0).iommu();
        Iommu home = domain.home();
        if (home != null && home != own) {
            return AttachRule.refused(
                    Errno.EINVAL,
                    "cannot attach to SMMU " + home.name() + " whilst already attached to domain on SMMU " + own.name(),
                    domain.name() + " lives in a context bank of " + home.name() + ", and " + device + " is behind "
                            + own.name() + ": make a domain for it. Nothing has changed");
        }
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            if (domain.type().isPaging()
                    && !each.iommu().hasBank(domain)
                    && each.iommu().freeBanks() == 0) {
                return AttachRule.refused(
                        Errno.ENOSPC,
                        "arm_smmu_attach_dev: " + Errno.ENOSPC.text(),
                        each.iommu().name() + " has no free context bank: all "
                                + each.iommu().banks() + " are in use. Nothing has changed");
            }
        }
        if (device.heldDomain() != null) {
            device.disconnect();
        }
        if (domain.type().isPaging()) {
            domain.settle(own);
            device.connect(domain, each -> each.iommu().bankFor(domain));
        } else {
            device.connect(domain, each -> 0);
        }
        return Outcome.done(Attachment.done(device, domain));
    }
}
