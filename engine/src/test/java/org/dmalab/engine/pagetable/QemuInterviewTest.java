package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** That a machine's answer which is not the engine's is told, without a machine. */
final class QemuInterviewTest {
    private final QemuInterview interview =
            new QemuInterview(QemuInterviewTest.class, 7, 2, words -> Long.toHexString(words[0] + words[1]));

    private void ask() {
        interview.group("first registers", 0x11, 0x12);
        interview.ask(0x1000, 0, 0, "ab", "page", "first walk");
        interview.group("other registers", 0x21);
        interview.ask(0x2000, 1, 0x30, "cd", "fault", "other walk");
        interview.ask(0x3000, 2, 0, "ef", "page", "last walk");
    }

    @Test
    void compare_sameAnswers_isSilent() {
        ask();
        interview.compare(new long[] {0xA0, 0xB, 0xC0, 0xD, 0xE0, 0xF}, "somebody", "nowhere");
    }

    @Test
    void requireOutcomes_ofAKindNobodyMet_isTold() {
        ask();
        interview.requireOutcomes(Set.of("page", "fault"));
        AssertionError error =
                assertThrows(AssertionError.class, () -> interview.requireOutcomes(Set.of("page", "block")));
        assertEquals("""
                no question has an answer of these kinds: [block], but {fault=1, page=2}
                rerun: ./mvnw -pl engine test -Dtest=QemuInterviewTest -Ddmalab.seed=7""", error.getMessage());
        assertTrue(interview.meets(Set.of("page", "fault")));
        assertFalse(interview.meets(Set.of("page", "block")));
    }

    @Test
    void compare_otherAnswers_namesTheFirstWithBothAnswersAndTheRerun() {
        ask();
        AssertionError error = assertThrows(
                AssertionError.class,
                () -> interview.compare(new long[] {0xA0, 0xB, 0xC0, 0xE, 0, 0}, "somebody", "nowhere"));
        assertEquals("""
                somebody: 2 of 3 answers differ
                question 1: [address=0x00002000] [access=1]: engine says cd, QEMU says ce
                registers: other registers
                walk: other walk
                rerun: ./mvnw -pl engine test -Dtest=QemuInterviewTest -Ddmalab.seed=7
                files: nowhere""", error.getMessage());
    }

    @Test
    void compare_tooFewAnswers_isTold() {
        ask();
        AssertionError error = assertThrows(
                AssertionError.class, () -> interview.compare(new long[] {0xA0, 0xB}, "somebody", "nowhere"));
        assertEquals("somebody: 3 questions of 2 words each: 2 words of answers", error.getMessage());
    }

    @Test
    void encoded_isWhatTheGuestReads() {
        ask();
        ByteBuffer bytes = ByteBuffer.wrap(interview.encoded()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals((1 + 2 * 13 + 3 * 3) * 8, bytes.remaining());
        assertEquals(2, bytes.getLong(0));
        assertEquals(0x12, bytes.getLong(2 * 8));
        assertEquals(1, bytes.getLong(13 * 8));
        assertEquals(0x1000, bytes.getLong(14 * 8));
        assertEquals(0x21, bytes.getLong(17 * 8));
        assertEquals(0x30, bytes.getLong(32 * 8));
    }
}
