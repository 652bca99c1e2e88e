package org.dmalab.engine.iommu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** By stream id, which context of an IOMMU translates; an id without a context is not translated. */
final class StreamTable {
    /** Stream ids have up to 16 bits. */
    static final int LAST_ID = 0xFFFF;

    private @Nullable IommuContext[] contexts = new IommuContext[1];

    /** The context of {@code id}, null for none. */
    @Nullable
    IommuContext get(int id) {
        return id < contexts.length ? contexts[id] : null;
    }

    void set(int id, @Nullable IommuContext context) {
        if (id >= contexts.length) {
            contexts = Arrays.copyOf(contexts, Integer.highestOneBit(id) << 1);
        }
        contexts[id] = context;
    }

    /** Whether some id has a context in {@code bank}. */
    boolean hasBank(int bank) {
        return Arrays.stream(contexts)
                .anyMatch(context -> context != null && !context.isBypass() && context.bank() == bank);
    }

    /** Whether some id has {@code domain}. */
    boolean has(IommuDomain domain) {
        return Arrays.stream(contexts).anyMatch(context -> context != null && context.domain() == domain);
    }
}
