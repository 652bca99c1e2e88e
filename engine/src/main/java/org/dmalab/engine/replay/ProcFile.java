package org.dmalab.engine.replay;

import java.util.List;
import java.util.Optional;

/**
 * What a file of {@code /proc} says, and which of its lines do not say anything. Every line is counted once:
 * {@code lines = read + headers + blank + malformed}.
 *
 * @param source the file
 * @param content what it says
 * @param lines all lines
 * @param read lines that say something
 * @param headers headings
 * @param blank empty lines
 * @param malformed lines that are none of these, or whose numbers do not make sense
 * @param firstMalformed the first {@link TraceReport#KEPT} of them with number, reason and text
 * @param notes what the lines read leave open
 * @param damage why the rest of the file was not read
 */
public record ProcFile<T>(
        String source,
        T content,
        long lines,
        long read,
        long headers,
        long blank,
        long malformed,
        List<TraceReport.Malformed> firstMalformed,
        List<String> notes,
        Optional<String> damage) {
    public ProcFile {
        firstMalformed = List.copyOf(firstMalformed);
        notes = List.copyOf(notes);
    }

    /**
     * What the file says, to be relied on.
     *
     * @throws IllegalArgumentException if nothing was read, a line was malformed, or the end is missing
     */
    public T whole() {
        if (read == 0 || malformed > 0 || damage.isPresent()) {
            throw new IllegalArgumentException("file must be read wholly: " + this);
        }
        return content;
    }

    /** {@code buddyinfo.txt: 3 lines read, 1 malformed [first: line 2, unknown zone]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(source)
                .append(": ")
                .append(read)
                .append(read == 1 ? " line read, " : " lines read, ")
                .append(malformed)
                .append(" malformed");
        if (!firstMalformed.isEmpty()) {
            TraceReport.Malformed first = firstMalformed.get(0);
            text.append(" [first: line ")
                    .append(first.line())
                    .append(", ")
                    .append(first.reason())
                    .append(']');
        }
        notes.forEach(note -> text.append(", ").append(note));
        damage.ifPresent(
                why -> text.append(", the end is missing [").append(why).append(']'));
        return text.toString();
    }
}
