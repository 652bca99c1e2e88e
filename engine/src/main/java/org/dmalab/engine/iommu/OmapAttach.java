package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/** {@code omap-iommu.c}: one device to a domain, one domain to an MMU. Linux 6.1 mirrors a domain over all MMUs of its device. */
final class OmapAttach implements AttachRule {
    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        if (!domain.devices().isEmpty()) {
            return AttachRule.refused(
                    Errno.EBUSY,
                    "iommu domain is already attached",
                    domain.name() + " already serves " + domain.devices().get(0)
                            + ", and omap-iommu allows one device to a domain: make a domain for " + device
                            + ". Nothing has changed");
        }
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            IommuDomain held = each.iommu().domain();
            if (held != null) {
                return AttachRule.refused(
                        Errno.EBUSY,
                        "omap-iommu " + each.iommu().name() + ": "
                                + each.iommu().name() + ": already attached!",
                        each.iommu().name() + " already translates by " + held
                                + ": an iommu device can only be attached once. Nothing has changed");
            }
        }
        device.connect(domain);
        return Outcome.done(Attachment.done(device, domain));
    }
}
