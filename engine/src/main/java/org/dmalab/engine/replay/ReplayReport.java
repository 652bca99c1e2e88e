package org.dmalab.engine.replay;

import java.util.List;
import java.util.Optional;

/**
 * How a recording and the model compare.
 *
 * @param source the file
 * @param format which format it was read as
 * @param operations how many recorded operations were done again
 * @param differences how many recorded numbers the model did not reproduce; after the first, others may follow from it
 * @param first the first difference
 * @param notes what was not compared, and why
 */
public record ReplayReport(
        String source,
        String format,
        long operations,
        long differences,
        Optional<Difference> first,
        List<String> notes) {
    /** Lines shown before the one that differs. */
    public static final int LINES_BEFORE = 5;

    public ReplayReport {
        notes = List.copyOf(notes);
    }

    /**
     * One recorded answer that the model did not give.
     *
     * @param line the number of the line, from 1
     * @param text the line
     * @param expected what was recorded
     * @param found what the model answers
     * @param before the lines before it, oldest first, each with its number
     */
    public record Difference(long line, String text, String expected, String found, List<String> before) {
        public Difference {
            before = List.copyOf(before);
        }

        /** Several lines: where, what was expected and found, and what came before. */
        @Override
        public String toString() {
            StringBuilder all = new StringBuilder("first difference, line ")
                    .append(line)
                    .append(": ")
                    .append(text)
                    .append("\n  expected ")
                    .append(expected)
                    .append("\n  found    ")
                    .append(found);
            if (!before.isEmpty()) {
                all.append("\n  before it:");
                before.forEach(each -> all.append("\n    ").append(each));
            }
            return all.toString();
        }
    }

    /** Whether the model reproduces everything recorded. */
    public boolean same() {
        return differences == 0;
    }

    /** {@code p01_order0.txt.gz: buddy-v3.14, 40000 operations, 0 differences}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(source)
                .append(": ")
                .append(format)
                .append(", ")
                .append(operations)
                .append(operations == 1 ? " operation, " : " operations, ")
                .append(differences)
                .append(differences == 1 ? " difference" : " differences");
        notes.forEach(note -> text.append(" [").append(note).append(']'));
        return text.toString();
    }
}
