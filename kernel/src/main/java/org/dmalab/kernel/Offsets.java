package org.dmalab.kernel;

/** Cursor positions: the protocol counts code points since 5.2, Java counts {@code char}s. */
final class Offsets {
    private Offsets() {}

    static int toChars(String code, int codePoints) {
        int all = code.codePointCount(0, code.length());
        return code.offsetByCodePoints(0, Math.max(0, Math.min(codePoints, all)));
    }

    static int toCodePoints(String code, int chars) {
        return code.codePointCount(0, chars);
    }
}
