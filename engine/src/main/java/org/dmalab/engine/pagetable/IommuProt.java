package org.dmalab.engine.pagetable;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Addresses;

/**
 * What a mapping allows and how its memory is reached: the {@code prot} of {@code iommu_map} ({@code IOMMU_READ} and its
 * like), as the bits that drivers were given.
 *
 * <p>Bit 3 changed sides: up to Linux 3.14 it was {@code IOMMU_EXEC} and allowed execution, later it is
 * {@code IOMMU_NOEXEC} and forbids it. {@link #toString} names it as later kernels do.
 *
 * @param bits the sum of the constants; any other bit is kept, since drivers of 3.14 took their own meaning from it
 */
public record IommuProt(int bits) {
    /** Nothing is allowed; drivers of 3.14 mapped all the same. */
    public static final IommuProt NONE = new IommuProt(0);
    /** {@code IOMMU_READ}: the device may read. */
    public static final IommuProt READ = new IommuProt(1);
    /** {@code IOMMU_WRITE}: the device may write. */
    public static final IommuProt WRITE = new IommuProt(2);
    /** Both. */
    public static final IommuProt READ_WRITE = new IommuProt(3);
    /** {@code IOMMU_CACHE}: accesses snoop the CPU's caches. */
    public static final IommuProt CACHE = new IommuProt(4);
    /** {@code IOMMU_NOEXEC} from Linux 4.x on. */
    public static final IommuProt NOEXEC = new IommuProt(8);
    /** {@code IOMMU_MMIO}: device memory. */
    public static final IommuProt MMIO = new IommuProt(16);
    /** {@code IOMMU_PRIV}: privileged accesses only. */
    public static final IommuProt PRIVILEGED = new IommuProt(32);

    private static final List<String> NAMES = List.of("READ", "WRITE", "CACHE", "NOEXEC", "MMIO", "PRIV");

    /** Whether every bit of {@code other} is set. */
    public boolean has(IommuProt other) {
        return (bits & other.bits) == other.bits;
    }

    /** The bits of both. */
    public IommuProt and(IommuProt other) {
        return new IommuProt(bits | other.bits);
    }

    /** {@code READ|WRITE}, {@code none}. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            if ((bits >>> i & 1) != 0) {
                names.add(NAMES.get(i));
            }
        }
        int rest = bits & -(1 << NAMES.size());
        if (rest != 0) {
            names.add(Addresses.hex(Integer.toUnsignedLong(rest)));
        }
        return names.isEmpty() ? "none" : String.join("|", names);
    }
}
