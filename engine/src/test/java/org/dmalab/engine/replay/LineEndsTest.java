package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class LineEndsTest {
    /** Bytes next to the newline's value are the ones a word-wise search confuses. */
    @Test
    void next_bytesAroundTheNewline_sameAsByteByByte() {
        Random random = new Random(0x11e);
        byte[] alphabet = {'\n', '\n' - 1, '\n' + 1, 0, (byte) 0x80, (byte) 0x8a, (byte) 0xff, 'x'};
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = alphabet[random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(alphabet.length - 1)];
            }
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            int expected = from;
            while (expected < to && bytes[expected] != '\n') {
                expected++;
            }
            assertEquals(expected, LineEnds.next(bytes, from, to));
        }
    }
}
