package org.dmalab.kernel.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.IovaSpace;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.iova.IovaPolicy;
import org.dmalab.kernel.display.Frontend;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LabTest {
    /** Writes down what it is told. */
    private static final class Recorder implements Frontend {
        private final List<String> told = new ArrayList<>();

        @Override
        public void display(MimeBundle bundle, @Nullable String displayId) {
            told.add("display " + displayId + ": " + bundle.plainText());
        }

        @Override
        public void update(MimeBundle bundle, String displayId) {
            told.add("update " + displayId + ": " + bundle.plainText());
        }

        @Override
        public void clearOutput(boolean wait) {
            told.add("clear " + wait);
        }
    }

    @AfterEach
    void detach() {
        Frontend.CURRENT.set(null);
    }

    private static Recorder attached() {
        Recorder recorder = new Recorder();
        Frontend.CURRENT.set(recorder);
        return recorder;
    }

    @Test
    void display_noFrontend_saysWhatToDo() {
        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> Lab.display("x"));
        assertEquals(
                "display needs a notebook and none is attached: run the cell in the DMA Lab kernel or with ./lab run,"
                        + " or call Frontend.CURRENT.set(...) first",
                thrown.getMessage());
    }

    @Test
    void display_valueThenUpdate_reachTheFrontendInOrder() {
        Recorder recorder = attached();
        Lab.display(null);
        Lab.display("first", "progress");
        Lab.updateDisplay("second", "progress");
        Lab.clearOutput(true);
        assertEquals(
                List.of("display null: null", "display progress: first", "update progress: second", "clear true"),
                recorder.told);
    }

    @Test
    void display_emptyId_isRefused() {
        Recorder recorder = attached();
        assertThrows(IllegalArgumentException.class, () -> Lab.display("x", ""));
        assertEquals(List.of(), recorder.told);
    }

    @Test
    void html_source_isKeptAsItIs() {
        MimeBundle bundle = Lab.html("<b>x</b>").render();
        assertEquals("<b>x</b>", bundle.data().get(MimeBundle.HTML));
        assertEquals("<b>x</b>", bundle.plainText());
    }

    @Test
    void markdown_source_isMarkdown() {
        assertEquals("# x", Lab.markdown("# x").render().data().get(MimeBundle.MARKDOWN));
    }

    @Test
    void table_columns_keepAddressesAsNumbersShownInHex() {
        Columns columns = new Columns("t", List.of(Columns.Longs.addresses("iova", -4096, 4096)));
        assertEquals(-4096L, Lab.table(columns).longColumn("iova").getLong(0));
        assertTrue(Lab.table(columns).print().contains("0xfffffffffffff000"));
    }

    @Test
    void check_failed_doesNotThrowAndShowsItsHint() {
        assertEquals("not yet: x (hint: y)", Lab.check("x", false, "y").render().plainText());
        assertEquals(
                "1 of 2 passed",
                Lab.checkAll(Lab.check("a", true), Lab.check("b", false))
                        .toString()
                        .lines()
                        .findFirst()
                        .orElse(""));
    }

    @Test
    void charts_columns_arePicturesTitledByTheTable() {
        Columns columns = new Columns("t", List.of(Columns.Longs.of("x", 1, 2), Columns.Doubles.of("y, µs", 3, 4)));
        for (var picture :
                List.of(Lab.bars(columns, "x", "y, µs"), Lab.lines(columns, "x", "y, µs"), Lab.cdf("t", "µs", 1, 2))) {
            assertTrue(picture.render().data().containsKey(MimeBundle.PNG));
            assertTrue(picture.toString().startsWith("t\n"), picture.toString());
        }
    }

    @Test
    void iova_sizeAndPolicy_endsAtFourGibibytes() {
        IovaSpace space = Lab.iova(Bytes.mib(16), IovaPolicy.FIRST_FIT);
        assertEquals("0xff000000", space.alloc(4096).toString());
        assertEquals(1, Lab.iovaMap(space).entries().size());
        assertEquals(space.domain().window(), Lab.churn(Bytes.mib(16)).window());
        assertEquals(
                "bytes must be 1..4 GiB: 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Lab.iovaWindow(0).bytes())
                        .getMessage());
    }

    @Test
    void compare_mapsWithAndWithoutTitle_arePictures() {
        IovaSpace space = Lab.iova(Bytes.mib(16), IovaPolicy.BEST_FIT);
        assertTrue(Lab.compare("the same", space.map(), space.map()).toString().startsWith("the same\n"));
        assertTrue(Lab.compare(space.map()).toString().startsWith("The largest hole has 16 MiB in each\n"));
    }
}
