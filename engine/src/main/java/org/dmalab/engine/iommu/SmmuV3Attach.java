package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code arm-smmu-v3.c} of Linux 6.1: a domain belongs to the SMMU of its first device. The SMMU of a device is that of its
 * first interface.
 */
final class SmmuV3Attach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        Iommu own = device.fwspec().interfaces().get(0).iommu();
        Iommu home = domain.home();
        if (home != null && home != own) {
            return AttachRule.refused(
                    Errno.ENXIO,
                    "cannot attach to SMMU " + home.name() + " (upstream of " + own.name() + ")",
                    domain.name() + " belongs to " + home.name() + ", and " + device + " is behind " + own.name()
                            + ": make a domain for it. Nothing has changed");
        }
        if (device.heldDomain() != null) {
            device.disconnect();
        }
        if (domain.type().isPaging()) {
            domain.settle(own);
        }
        device.connect(domain, each -> 0);
        return Outcome.done(Attachment.done(device, domain));
    }
}
