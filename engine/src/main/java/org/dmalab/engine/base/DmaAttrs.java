package org.dmalab.engine.base;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A set of attributes ({@code struct dma_attrs}; since v4.8 an {@code unsigned long}).
 *
 * @param bits bit {@code n} stands for the attribute whose bit it is
 */
public record DmaAttrs(int bits) {
    /** No attribute: coherent memory with a kernel mapping. */
    public static final DmaAttrs NONE = new DmaAttrs(0);

    /** The set of the attributes named. */
    public static DmaAttrs of(DmaAttribute... attributes) {
        int bits = 0;
        for (DmaAttribute attribute : Objects.requireNonNull(attributes, "attributes")) {
            bits |= 1 << Objects.requireNonNull(attribute, "attribute").bit();
        }
        return bits == 0 ? NONE : new DmaAttrs(bits);
    }

    /** Whether {@code attribute} is in the set ({@code dma_get_attr}). */
    public boolean has(DmaAttribute attribute) {
        return ((bits >>> attribute.bit()) & 1) != 0;
    }

    /** Names joined as the trace events print them, {@code WRITE_COMBINE|NO_KERNEL_MAPPING}; empty for none. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        for (DmaAttribute attribute : DmaAttribute.values()) {
            if (has(attribute)) {
                names.add(attribute.name());
            }
        }
        return String.join("|", names);
    }
}
