package org.dmalab.engine.cpu;

import org.dmalab.engine.base.VirtAddr;

/** Who learns that addresses no longer lead to their pages. */
interface Taken {
    /** Nobody. */
    Taken NONE = new Taken() {
        @Override
        public void requireTakeable(UserArea area, VirtAddr first, long pages) {}

        @Override
        public void taken(UserArea area, VirtAddr first, long pages) {}
    };

    /**
     * {@code pages} pages of {@code area} from {@code first} on are about to be unmapped.
     *
     * @throws IllegalArgumentException if one of them cannot be given up; then nothing is unmapped
     */
    void requireTakeable(UserArea area, VirtAddr first, long pages);

    /** {@code pages} pages of {@code area}, which was cut, from {@code first} on are no longer mapped. */
    void taken(UserArea area, VirtAddr first, long pages);
}
