package org.dmalab.engine.base;

/** Arithmetic and text shared by the three address types. */
public final class Addresses {
    private Addresses() {}

    /** {@code value} in hex with the prefix {@code 0x}: 8 digits below 4 GiB, 16 above. */
    public static String hex(long value) {
        String digits = Long.toHexString(value);
        int width = value >>> 32 == 0 ? 8 : 16;
        return "0x" + "0".repeat(width - digits.length()) + digits;
    }

    static long plus(long value, long bytes) {
        long sum = value + bytes;
        boolean wrapped = bytes >= 0 ? Long.compareUnsigned(sum, value) < 0 : Long.compareUnsigned(sum, value) > 0;
        if (wrapped) {
            throw new IllegalArgumentException("address " + hex(value) + " plus " + bytes + " leaves the 64-bit space");
        }
        return sum;
    }
}
