package org.dmalab.kernel.display;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dmalab.engine.experiment.FragmentationHistory;
import org.dmalab.engine.experiment.FragmentationHistory.Series;

/** How windows crumbled under each policy: the finding, a panel per policy, and the medians at the end as a table. */
final class FragmentationHistoryView {
    private static final int NAME = 40;

    private FragmentationHistoryView() {}

    static MimeBundle render(FragmentationHistory history) {
        String text = finding(history) + "\n" + context(history) + "\n"
                + Tables.render(history.summary()).plainText();
        return Png.chart(() -> canvas(history), Map.of(), text);
    }

    /** The painted form. */
    static Canvas canvas(FragmentationHistory history) {
        return new Card(finding(history), context(history), "model")
                .paint(new FragmentationHistoryPainter(history.measure(), history.series()));
    }

    /** Who ends where, from the least to the most. */
    private static String finding(FragmentationHistory history) {
        List<Series> series = history.series();
        Comparator<Series> byEnd = Comparator.comparingDouble(Series::last);
        Series least = series.stream().min(byEnd).orElseThrow();
        Series most = series.stream().max(byEnd).orElseThrow();
        String what = upper(history.measure().text());
        if (least.policy().equals(most.policy())) {
            return what + " at the end: " + end(history, least);
        }
        return what + " at the end: from " + end(history, least) + " to " + end(history, most);
    }

    private static String end(FragmentationHistory history, Series series) {
        return FragmentationHistoryPainter.value(
                        series.last(), history.measure().unit()) + " (" + SafeText.line(series.policy(), NAME) + ")";
    }

    /** What was done, and what the lines are. */
    static String context(FragmentationHistory history) {
        String seeds = history.seeds() == 1
                ? " · one seed"
                : " · line: median of " + history.seeds() + " seeds, band: all of them";
        return SafeText.line(history.title(), 200)
                + seeds
                + (history.policies().size() == 1 ? "" : ", grey: the other policies")
                + (history.measure().isSum() ? " · each point counts all requests up to it" : "");
    }

    private static String upper(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
