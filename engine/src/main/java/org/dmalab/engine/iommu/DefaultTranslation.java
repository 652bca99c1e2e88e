package org.dmalab.engine.iommu;

/** The domain that a group gets before any driver asks ({@code iommu.passthrough=}, {@code iommu.strict=}); Linux 4.x and later. */
public enum DefaultTranslation {
    /** A DMA domain; an unmap waits for its invalidation. */
    STRICT(DomainType.DMA),
    /** A DMA domain whose invalidations are queued. */
    LAZY(DomainType.DMA_FQ),
    /** No translation. */
    PASSTHROUGH(DomainType.IDENTITY);

    private final DomainType type;

    DefaultTranslation(DomainType type) {
        this.type = type;
    }

    /** The type that is asked for. */
    public DomainType type() {
        return type;
    }
}
