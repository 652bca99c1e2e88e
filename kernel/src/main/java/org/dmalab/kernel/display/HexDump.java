package org.dmalab.kernel.display;

import java.util.Locale;

/** Bytes as a table of hex and ASCII, sixteen to a line. */
final class HexDump {
    private static final int PER_LINE = 16;
    private static final int MOST = 256;

    private HexDump() {}

    /** The first 256 bytes, and how many more there are; a run of equal lines is shown as {@code *}. */
    static MimeBundle render(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        String before = "";
        boolean starred = false;
        int shown = Math.min(bytes.length, MOST);
        for (int start = 0; start < shown; start += PER_LINE) {
            String line = line(bytes, start, Math.min(PER_LINE, shown - start));
            if (line.equals(before)) {
                text.append(starred ? "" : "*\n");
                starred = true;
                continue;
            }
            starred = false;
            before = line;
            text.append(String.format(Locale.ROOT, "%08x  %s\n", start, line));
        }
        text.append(bytes.length).append(bytes.length == 1 ? " byte" : " bytes");
        if (bytes.length > MOST) {
            text.append(", the first ").append(MOST).append(" shown");
        }
        return MimeBundle.text(text.toString());
    }

    private static String line(byte[] bytes, int start, int count) {
        StringBuilder hex = new StringBuilder();
        StringBuilder ascii = new StringBuilder();
        for (int i = 0; i < PER_LINE; i++) {
            if (i >= count) {
                hex.append("   ");
                continue;
            }
            int value = bytes[start + i] & 0xFF;
            hex.append(String.format(Locale.ROOT, "%02x ", value));
            ascii.append(value >= ' ' && value < 0x7F ? (char) value : '.');
        }
        return hex + " |" + ascii + "|";
    }
}
