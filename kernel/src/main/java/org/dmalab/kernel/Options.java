package org.dmalab.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of one command: flags, options with a value, operands. */
record Options(Map<String, String> given, List<String> operands) {
    static Options parse(List<String> arguments, List<String> flags, List<String> valued) throws UsageException {
        Map<String, String> given = new LinkedHashMap<>();
        List<String> operands = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (flags.contains(argument)) {
                given.put(argument, "");
            } else if (valued.contains(argument)) {
                if (i + 1 == arguments.size()) {
                    throw new UsageException(argument + " needs a value");
                }
                i++;
                given.put(argument, arguments.get(i));
            } else if (argument.startsWith("-")) {
                throw new UsageException("not an option here: " + argument);
            } else {
                operands.add(argument);
            }
        }
        return new Options(given, operands);
    }

    boolean has(String flag) {
        return given.containsKey(flag);
    }

    Optional<String> value(String option) {
        return Optional.ofNullable(given.get(option));
    }

    /** The one operand. */
    String operand(String what) throws UsageException {
        if (operands.size() != 1) {
            throw new UsageException("expected " + what + ", found " + operands.size() + " names " + operands);
        }
        return operands.get(0);
    }

    /** The operands, at least one. */
    List<String> operands(String what) throws UsageException {
        if (operands.isEmpty()) {
            throw new UsageException("expected " + what + ", found no name");
        }
        return operands;
    }
}
