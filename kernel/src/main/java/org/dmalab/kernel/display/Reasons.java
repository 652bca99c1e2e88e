package org.dmalab.kernel.display;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.Reason;

/** Failures of the simulated machine: errno, the kernel's sentence, and the explanation. */
final class Reasons {
    private Reasons() {}

    static MimeBundle render(Outcome.Failed<?> failed) {
        return render(failed.reason());
    }

    static MimeBundle render(Reason reason) {
        String errno = reason.errno() + ", " + reason.errno().text();
        String html = "<div" + Html.NO_MATH + " style=\"border-left:4px solid " + Palette.hex(Palette.FAULT)
                + ";padding:4px 12px;margin:4px 0\">"
                + Html.block("font-weight:bold", errno)
                + Html.block(Html.MONOSPACE + "font-size:13px;margin:4px 0;white-space:pre-wrap", reason.message())
                + Html.block("white-space:pre-wrap", reason.explain())
                + "</div>";
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html);
        data.put(MimeBundle.TEXT, SafeText.clean(errno + "\n" + reason.message() + "\n" + reason.explain()));
        return new MimeBundle(data, Map.of());
    }
}
