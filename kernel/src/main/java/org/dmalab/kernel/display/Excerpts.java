package org.dmalab.kernel.display;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Short forms of texts that stand beside one another. A text that has room stays as it is. Of a longer one the part around
 * the first byte in which it differs from the others is shown, with a bar before that byte: {@code …0b0c|ff0e…}. Different
 * texts have different short forms.
 */
final class Excerpts {
    /** Characters below which no excerpt is readable. */
    private static final int LEAST = 9;

    private static final int HEX_BYTE = 2;
    private static final int MOST = 4096;
    private static final String CUT = "…";
    private static final String BAR = "|";

    private final int room;
    /** Characters that stand for a byte. */
    private final int unit;

    private final Map<String, String> shown = new LinkedHashMap<>();

    /** Excerpts of at most {@code room} characters of {@code texts}. */
    Excerpts(Collection<String> texts, int room) {
        this.room = Math.max(LEAST, room);
        List<String> lengthy = texts.stream()
                .map(Excerpts::clean)
                .filter(text -> text.length() > this.room)
                .distinct()
                .toList();
        unit = lengthy.stream().allMatch(Excerpts::isHex) ? HEX_BYTE : 1;
        tellApart(lengthy, 0);
        number();
    }

    /** The short form of one of the texts. */
    String of(String text) {
        String clean = clean(text);
        return shown.getOrDefault(clean, clean);
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(digit -> Character.digit(digit, 16) >= 0);
    }

    private static String clean(String text) {
        return SafeText.line(text, MOST);
    }

    /** Looks at the first place in which not all of the group are equal; who looks the same there is a group of its own. */
    private void tellApart(List<String> group, int known) {
        int anchor = group.size() < 2 ? known : commonPrefix(group);
        Map<String, List<String>> alike = group.stream()
                .collect(Collectors.groupingBy(text -> at(text, anchor), LinkedHashMap::new, Collectors.toList()));
        alike.forEach((excerpt, same) -> {
            if (same.size() > 1 && commonPrefix(same) > anchor) {
                tellApart(same, anchor);
            } else {
                same.forEach(text -> shown.put(text, excerpt));
            }
        });
    }

    private static int commonPrefix(List<String> group) {
        String first = group.get(0);
        int common = first.length();
        for (String other : group) {
            int i = 0;
            while (i < Math.min(common, other.length()) && other.charAt(i) == first.charAt(i)) {
                i++;
            }
            common = i;
        }
        return common;
    }

    private String at(String text, int anchor) {
        int mark = Math.min(anchor, text.length()) / unit * unit;
        int before = Math.min(mark, Math.max(HEX_BYTE, room / 3 / unit * unit));
        int start = mark - before;
        String head = (start > 0 ? CUT : "") + text.substring(start, mark) + (mark > 0 ? BAR : "");
        int left = room - head.length();
        String rest = text.substring(mark);
        return head + (rest.length() <= left ? rest : rest.substring(0, (left - 1) / unit * unit) + CUT);
    }

    /** Texts that still look the same, for they were told apart in different places, get a number. */
    private void number() {
        TreeSet<String> taken = new TreeSet<>();
        shown.replaceAll((text, excerpt) -> {
            String unique = excerpt;
            for (int i = 2; !taken.add(unique); i++) {
                String suffix = "#" + i;
                unique = excerpt.substring(0, Math.min(excerpt.length(), room - suffix.length())) + suffix;
            }
            return unique;
        });
    }
}
