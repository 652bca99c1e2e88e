package org.dmalab.engine.iommu;

import java.util.HashMap;
import java.util.Map;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/**
 * {@code msm_iommu.c}: a device is a context with its MIDs. Linux 3.14 has context banks by platform data; 6.1 takes the first
 * free one of the instance.
 */
final class MsmAttach implements AttachRule {
    private final boolean modern;

    MsmAttach(Era era) {
        this.modern = era.atLeast(Era.V6_1);
    }

    @Override
    public Outcome<Attachment> attach(IommuDevice device, IommuDomain domain) {
        boolean noContext = device.fwspec().interfaces().stream()
                .anyMatch(each -> each.ids().isEmpty());
        if (noContext) {
            return AttachRule.refused(
                    Errno.EINVAL,
                    "msm_iommu_attach_dev: " + Errno.EINVAL.text(),
                    device + " has no MID, and so no context of its IOMMU. Nothing has changed");
        }
        IommuDomain held = device.heldDomain();
        if (held != null) {
            return AttachRule.refused(
                    modern ? Errno.EEXIST : Errno.EBUSY,
                    modern ? "domain already attached" : "msm_iommu_attach_dev: " + Errno.EBUSY.text(),
                    "the context of " + device + " already translates by " + held
                            + ": detach it first. Nothing has changed");
        }
        if (!modern) {
            device.connect(domain);
            return Outcome.done(Attachment.done(device, domain));
        }
        Map<Iommu, Integer> wanted = new HashMap<>();
        for (IommuFwspec.Interface each : device.fwspec().interfaces()) {
            if (each.iommu().freeBanks() < wanted.merge(each.iommu(), 1, Integer::sum)) {
                return AttachRule.refused(
                        Errno.ENODEV,
                        "msm_iommu_attach_dev: " + Errno.ENODEV.text(),
                        each.iommu().name() + " has no free context bank: all "
                                + each.iommu().banks() + " are in use. Nothing has changed");
            }
        }
        device.connect(domain, each -> each.iommu().takeBank());
        return Outcome.done(Attachment.done(device, domain));
    }

    @Override
    public void detach(IommuDevice device) {
        if (modern) {
            device.contexts().forEach((each, context) -> each.iommu().freeBank(context.bank()));
        }
        device.disconnect();
    }
}
