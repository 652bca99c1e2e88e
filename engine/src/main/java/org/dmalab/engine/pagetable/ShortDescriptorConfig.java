package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PhysAddr;

/**
 * The registers that say how short descriptors are walked (ARM DDI 0406C B4.1.153 and on), and what the walker is able to.
 *
 * @param ttbr0 table of the addresses whose top N bits are 0
 * @param ttbr1 table of all others; with N = 0 there are none
 * @param ttbcr N in bits 2:0; PD0, bit 4: what TTBR0 would translate faults; PD1, bit 5: what TTBR1 would
 * @param dacr for each domain two bits: 0 no access, 1 client, 2 reserved, 3 manager
 * @param afe {@code SCTLR.AFE}: AP[0] is the access flag
 * @param prrr what the classes of memory are ({@code PRRR})
 * @param nmrr how normal memory of each class is cached ({@code NMRR})
 * @param pxn whether bit 0 of a section means PXN rather than that the word is a fault
 * @param secure whether a word's NS bit chooses the world of the output; in the non-secure world it is always non-secure
 * @param order in which checks are made
 * @param reach how a word names addresses above 4 GiB
 */
public record ShortDescriptorConfig(
        PhysAddr ttbr0,
        PhysAddr ttbr1,
        int ttbcr,
        int dacr,
        boolean afe,
        int prrr,
        int nmrr,
        boolean pxn,
        boolean secure,
        Order order,
        Reach reach) {
    /** The checks of a walk, first to last. */
    public enum Order {
        /** Translation, access flag, domain, permission, as table B3-23 of ARM DDI 0406C lists the faults. */
        ARM,
        /** QEMU: the domain is judged before the second level is read, and a manager domain skips the access flag. */
        QEMU
    }

    /** How many address bits there are. */
    public enum Reach {
        /** 32 bits in, up to 40 out by supersections. */
        ARM(32),
        /** MediaTek's extension: 34 bits in, 35 out. */
        MEDIATEK(34);

        private final int inputBits;

        Reach(int inputBits) {
            this.inputBits = inputBits;
        }

        /** How long an input address can be. */
        public int inputBits() {
            return inputBits;
        }
    }

    /** {@code TTBCR.N}. */
    public static final int N = 7;
    /** {@code TTBCR.PD0}. */
    public static final int PD0 = 1 << 4;
    /** {@code TTBCR.PD1}. */
    public static final int PD1 = 1 << 5;

    /** Every domain is a manager: nothing is checked. */
    public static final int ALL_MANAGERS = -1;
    /** Every domain is a client. */
    public static final int ALL_CLIENTS = 0x55555555;
    /** The PRRR of ARM Linux ({@code arch/arm/mm/proc-v7-2level.S}). */
    public static final int LINUX_PRRR = 0xFF0A81A8;
    /** The NMRR of ARM Linux. */
    public static final int LINUX_NMRR = 0x40E040E0;

    public ShortDescriptorConfig {
        if ((ttbcr & ~(N | PD0 | PD1)) != 0) {
            throw new IllegalArgumentException("ttbcr must have no bits but N, PD0 and PD1: " + Addresses.hex(ttbcr));
        }
        int n = ttbcr & N;
        requireAligned("ttbr0", ttbr0, 14 - n);
        requireAligned("ttbr1", ttbr1, 14);
        if (reach == Reach.MEDIATEK && n != 0) {
            throw new IllegalArgumentException("ttbcr.N must be 0 with 34 bits of input: " + n);
        }
    }

    private static void requireAligned(String name, PhysAddr base, int bits) {
        if ((base.value() & ((1L << bits) - 1)) != 0 || base.value() >>> 40 != 0) {
            throw new IllegalArgumentException(
                    name + " must be a multiple of " + Addresses.hex(1L << bits) + " below 2^40: " + base);
        }
    }

    /** One table for all 4 GiB, clients only, AP[0] an access flag, as ARM Linux of 3.14 does not but its IOMMU drivers do. */
    public static ShortDescriptorConfig of(PhysAddr root) {
        return new ShortDescriptorConfig(
                root,
                new PhysAddr(0),
                0,
                ALL_CLIENTS,
                true,
                LINUX_PRRR,
                LINUX_NMRR,
                false,
                false,
                Order.ARM,
                Reach.ARM);
    }

    /** {@code TTBCR.N}: how many top bits must be 0 for TTBR0. */
    public int n() {
        return ttbcr & N;
    }

    /** The same with a second table, for addresses one of whose top {@code bits} bits is set. */
    public ShortDescriptorConfig withTtbr1(PhysAddr table, int bits) {
        return new ShortDescriptorConfig(
                ttbr0, table, (ttbcr & ~N) | bits, dacr, afe, prrr, nmrr, pxn, secure, order, reach);
    }

    /** The same with other domains. */
    public ShortDescriptorConfig withDacr(int domains) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, domains, afe, prrr, nmrr, pxn, secure, order, reach);
    }

    /** The same with {@code SCTLR.AFE} as given. */
    public ShortDescriptorConfig withAfe(boolean flag) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, flag, prrr, nmrr, pxn, secure, order, reach);
    }

    /** The same with other classes of memory. */
    public ShortDescriptorConfig withMemoryClasses(int types, int caching) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, afe, types, caching, pxn, secure, order, reach);
    }

    /** The same with or without PXN. */
    public ShortDescriptorConfig withPxn(boolean supported) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, afe, prrr, nmrr, supported, secure, order, reach);
    }

    /** The same in the secure or the non-secure world. */
    public ShortDescriptorConfig withSecure(boolean world) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, afe, prrr, nmrr, pxn, world, order, reach);
    }

    /** The same with checks in another order. */
    public ShortDescriptorConfig withOrder(Order checks) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, afe, prrr, nmrr, pxn, secure, checks, reach);
    }

    /** The same with other address bits. */
    public ShortDescriptorConfig withReach(Reach bits) {
        return new ShortDescriptorConfig(ttbr0, ttbr1, ttbcr, dacr, afe, prrr, nmrr, pxn, secure, order, bits);
    }
}
