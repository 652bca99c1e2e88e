package org.dmalab.engine.iommu;

/**
 * A device is attached.
 *
 * @param returned what {@code attach_dev} returned: 0, or 1 where exynos-iommu 3.14 says that it was attached before
 * @param text the driver's words
 */
public record Attachment(IommuDevice device, IommuDomain domain, int returned, String text) {
    /** {@code attach_dev} returned 0. */
    static Attachment done(IommuDevice device, IommuDomain domain) {
        return new Attachment(device, domain, 0, device + " is attached to " + domain.name());
    }

    @Override
    public String toString() {
        return text + (returned == 0 ? "" : " [returned=" + returned + "]");
    }
}
