package org.dmalab.engine.pagetable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.dmalab.engine.base.Addresses;

/** The questions put to one machine, what the engine answers to each, and the comparison. */
final class QemuInterview {
    private static final int REGISTERS = 12;
    private static final int QUESTION_WORDS = 3;

    /** @param engine its answer, as {@link #answer} words QEMU's */
    private record Question(String group, long address, long access, long hint, String engine, String explanation) {}

    /** The registers under which the questions that follow are asked. */
    private record Group(List<Long> registers, List<Question> questions) {}

    private final Class<?> test;
    private final long seed;
    private final int answerWords;
    private final Function<long[], String> answer;
    private final List<Group> groups = new ArrayList<>();
    private final List<Question> questions = new ArrayList<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private String name = "";

    /**
     * @param test whose questions, for the line that reruns them
     * @param answer words the doublewords of one answer
     */
    QemuInterview(Class<?> test, long seed, int answerWords, Function<long[], String> answer) {
        this.test = test;
        this.seed = seed;
        this.answerWords = answerWords;
        this.answer = answer;
    }

    /** {@code -Ddmalab.seed}, or the given one. */
    static long seed(long otherwise) {
        return Long.decode(System.getProperty("dmalab.seed", Long.toString(otherwise)));
    }

    /** The questions that follow are asked under {@code registers}. */
    void group(String text, long... registers) {
        name = text;
        long[] all = Arrays.copyOf(registers, REGISTERS);
        groups.add(new Group(Arrays.stream(all).boxed().toList(), new ArrayList<>()));
    }

    /**
     * @param outcome what kind of answer it is, of which there must be some
     * @param explanation how the engine came to its answer
     */
    void ask(long address, long access, long hint, String engine, String outcome, String explanation) {
        Question question = new Question(name, address, access, hint, engine, explanation);
        groups.get(groups.size() - 1).questions.add(question);
        questions.add(question);
        outcomes.merge(outcome, 1, Integer::sum);
    }

    /** Whether the questions so far meet each of these: if not, more are to be asked. */
    boolean meets(Set<String> expected) {
        return outcomes.keySet().containsAll(expected);
    }

    /** Fails if the questions were too few to meet each of these. */
    void requireOutcomes(Set<String> expected) {
        Set<String> missing = new TreeSet<>(expected);
        missing.removeAll(outcomes.keySet());
        if (!missing.isEmpty()) {
            throw new AssertionError(
                    "no question has an answer of these kinds: " + missing + ", but " + outcomes + "\n" + rerun());
        }
    }

    private String rerun() {
        return "rerun: ./mvnw -pl engine test -Dtest=" + test.getSimpleName() + " -Ddmalab.seed=" + seed;
    }

    /** The questions as the guest reads them. */
    byte[] encoded() {
        int words = 1 + groups.size() * (REGISTERS + 1) + questions.size() * QUESTION_WORDS;
        ByteBuffer bytes = ByteBuffer.allocate(words * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(groups.size());
        for (Group group : groups) {
            group.registers.forEach(bytes::putLong);
            bytes.putLong(group.questions.size());
            for (Question question : group.questions) {
                bytes.putLong(question.address).putLong(question.access).putLong(question.hint);
            }
        }
        return bytes.array();
    }

    /** Runs the machine; every answer must be the engine's. */
    void hold(QemuMachine machine, QemuRun run) throws IOException, InterruptedException {
        run.load(machine.questions(), encoded());
        compare(run.answers(), run.version() + ", " + machine, run.folder().toString());
    }

    /**
     * @param who answered
     * @param files where the machine can be started again
     */
    void compare(long[] answers, String who, String files) {
        if (answers.length != questions.size() * answerWords) {
            throw new AssertionError(who + ": " + questions.size() + " questions of " + answerWords + " words each: "
                    + answers.length + " words of answers");
        }
        int differences = 0;
        String first = "";
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            String found = answer.apply(Arrays.copyOfRange(answers, i * answerWords, (i + 1) * answerWords));
            if (!found.equals(question.engine)) {
                first = differences++ == 0 ? report(i, question, found) : first;
            }
        }
        if (differences > 0) {
            throw new AssertionError(who + ": " + differences + " of " + questions.size() + " answers differ\n" + first
                    + "\n" + rerun() + "\nfiles: " + files);
        }
    }

    private static String report(int index, Question question, String found) {
        return "question " + index + ": [address=" + Addresses.hex(question.address) + "] [access=" + question.access
                + "]: engine says " + question.engine + ", QEMU says " + found + "\nregisters: " + question.group
                + "\nwalk: " + question.explanation;
    }
}
