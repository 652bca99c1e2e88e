package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;

/** When a driver attaches a device to a domain, and what it answers when it does not ({@code attach_dev}, {@code detach_dev}). */
interface AttachRule {
    /** Connects the device's interfaces to {@code domain}, or a failure that is an {@link AttachRefusal}. */
    Outcome<Attachment> attach(IommuDevice device, IommuDomain domain);

    /** Ends what {@link #attach} did; the device is attached. */
    default void detach(IommuDevice device) {
        device.disconnect();
    }

    /** Whether the hardware behind {@code iommu} has room for one more domain ({@code domain_init}); a failure if not. */
    default Outcome<Iommu> room(Iommu iommu) {
        return Outcome.done(iommu);
    }

    /** A domain is made for devices behind {@code iommu}, for which there was room. */
    default void made(Iommu iommu, IommuDomain domain) {}

    static Outcome<Attachment> refused(Errno errno, String message, String why) {
        return Outcome.failed(new AttachRefusal(errno, message, why));
    }
}
