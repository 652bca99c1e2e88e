package org.dmalab.engine.base;

import java.util.Optional;

/** Arithmetic and text shared by the three address types. */
public final class Addresses {
    private Addresses() {}

    /** {@code value} in hex with the prefix {@code 0x}: 8 digits below 4 GiB, 16 above. */
    public static String hex(long value) {
        String digits = Long.toHexString(value);
        int width = value >>> 32 == 0 ? 8 : 16;
        return "0x" + "0".repeat(width - digits.length()) + digits;
    }

    /**
     * What to write in the place of an address that has the look of a sign-extended {@code int}, as the hexadecimal literals
     * 0x80000000 to 0xffffffff without an L are; empty for any other.
     */
    public static Optional<String> literalHint(long value) {
        return value >= Integer.MIN_VALUE && value < 0
                ? Optional.of("an int literal was sign-extended? write " + hex(value & 0xFFFF_FFFFL) + "L")
                : Optional.empty();
    }

    /** {@code value} in hex, followed by its {@link #literalHint} if there is one. */
    public static String hexWithHint(long value) {
        return hex(value) + literalHint(value).map(hint -> "; " + hint).orElse("");
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
