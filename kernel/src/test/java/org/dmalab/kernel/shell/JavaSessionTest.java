package org.dmalab.kernel.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.shell.CellResult.Failure;
import org.dmalab.kernel.shell.CellResult.Value;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One session for all tests, as a notebook has; none relies on what another declared. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class JavaSessionTest {
    private static final Duration STOPPED_WITHIN = Duration.ofSeconds(10);

    private TextSink sink = new TextSink();
    private JavaSession session;
    private int cells;

    @BeforeAll
    void open() {
        session = JavaSession.open(CellIo.install(), Imports.declarations());
    }

    @BeforeEach
    void emptySink() {
        sink = new TextSink();
    }

    @AfterAll
    void close() {
        session.close();
    }

    private CellResult eval(String code) {
        cells++;
        return session.eval(cells, code, sink, InputStream.nullInputStream());
    }

    private String value(String code) {
        CellResult result = eval(code);
        if (result instanceof Value value) {
            MimeBundle shown = value.shown();
            return shown == null ? "nothing" : shown.plainText();
        }
        return fail("failed: " + result);
    }

    private Failure failure(String code) {
        return eval(code) instanceof Failure failure ? failure : fail("did not fail: " + code);
    }

    private static String traceback(Failure failure) {
        return String.join("\n", failure.traceback()).replaceAll("\u001b\\[[0-9;]*m", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1+1 | 2",
                "int a = 20; int b = 22; a + b | 42",
                "var l = new ArrayList<>(List.of(3)); l.toString() | [3]",
                "int x = 5; | nothing",
                "int x; x = 5 | nothing",
                "null | nothing",
                "1+1; System.out.print(\"\"); | nothing",
                "6 * 7 // the answer | 42",
                "int f() { return g() + 1; } int g() { return 41; } f() | 42",
                "record P(int x) { } new P(1) | P[x=1]",
                "mib(1) | 1048576",
                "WRITE_COMBINE | WRITE_COMBINE",
            })
    void eval_cell_isItsLastExpression(String code, String shown) {
        assertEquals(shown, value(code));
    }

    @Test
    void eval_methodDeclaredAgain_replacesIt() {
        assertEquals("1", value("int f() { return 1; }\nf()"));
        assertEquals("2", value("int f() { return 2; }\nf()"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "int z = 0;#int q = 1 / z; | 2",
                "var q = List.of(1 / 0); | 1",
                "#// why#int z = 0;##z / z | 5",
                "int z = 0;#for (int i = 0; i < 3; i++) {#  int k = 1;#  k = k / z;#} | 4",
                "int z = 0;#int f() {#  return 1 / z;#}#f() | 3",
                "int z = 0;#List.of(1).stream()#  .map(i -> i / z)#  .toList() | 3",
            })
    void eval_exception_pointsAtTheLine(String code, int line) {
        Failure failure = failure(code.replace('#', '\n'));
        assertEquals("java.lang.ArithmeticException", failure.name());
        assertEquals("/ by zero", failure.message());
        assertEquals(line, failure.line(), () -> traceback(failure));
        assertTrue(traceback(failure).contains("-->  " + line + " | "), () -> traceback(failure));
        assertFalse(traceback(failure).contains("do_it"), () -> traceback(failure));
        assertFalse(traceback(failure).contains("earlier definition"), () -> traceback(failure));
        assertFalse(traceback(failure).contains("org.dmalab.kernel"), () -> traceback(failure));
    }

    @Test
    void eval_exceptionInAnEarlierCellsMethod_namesBothCells() {
        assertEquals("nothing", value("int half(int n) {\n  return n / (n - n);\n}"));
        Failure failure = failure("\nhalf(3)");
        assertEquals(2, failure.line());
        assertTrue(traceback(failure).contains("at half (cell " + (cells - 1) + ":2)"), () -> traceback(failure));
        assertTrue(traceback(failure).contains("at cell " + cells + ":2"), () -> traceback(failure));
    }

    @Test
    void eval_exceptionClassOfACell_isNamedAsTheCellNamedIt() {
        Failure failure =
                failure("class Jam extends RuntimeException { Jam() { super(\"full\"); } }\nthrow new Jam();");
        assertEquals("Jam: full", failure.summary());
        assertEquals(2, failure.line());
    }

    @Test
    void eval_exceptionWithAReason_isExplained() {
        Failure failure = failure("throw new org.dmalab.kernel.shell.ReasonedException()");
        assertTrue(traceback(failure).contains("ENOMEM (-12): cma: no room"), () -> traceback(failure));
        assertTrue(traceback(failure).contains("the largest hole is 4096 bytes"), () -> traceback(failure));
    }

    @Test
    void eval_exceptionWhoseMessageIsItsReasons_saysItOnce() {
        Failure failure = failure("org.dmalab.engine.Soc.exynos4412().device(\"fimc0\").alloc(1L << 31)");
        String text = traceback(failure);
        String words = failure.message();
        assertTrue(words.startsWith("ENOMEM (-12): "), words);
        assertEquals(text.indexOf(words), text.lastIndexOf(words), text);
        assertTrue(text.contains("fimc0 asked for a buffer of 2 GiB"), text);
    }

    @Test
    void eval_codeThatDoesNotCompile_marksTheWord() {
        Failure failure = failure("int a = 1;\nint b = a + foo(3);");
        assertEquals(Failure.COMPILE_ERROR, failure.name());
        assertEquals(2, failure.line());
        assertTrue(failure.message().startsWith("cannot find symbol"), failure::message);
        List<String> lines = failure.traceback();
        int code = lines.indexOf("      2 | int b = a + foo(3);");
        assertTrue(code > 0, () -> traceback(failure));
        assertEquals("                      ^^^", lines.get(code + 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int b =",
                "for (;;) {",
                ")(",
                "/* never ends",
                "class U extends Missing {}",
                "\"open",
                "if (true) { } else"
            })
    void eval_codeThatIsNoWhole_isACompileError(String code) {
        assertEquals(Failure.COMPILE_ERROR, failure(code).name());
        assertEquals("2", value("1+1"));
    }

    @ParameterizedTest
    @CsvSource({
        "int r(int n) { return r(n + 1) + 1; } r(0), java.lang.StackOverflowError",
        "throw new OutOfMemoryError(), java.lang.OutOfMemoryError",
        "new int[Integer.MAX_VALUE], java.lang.OutOfMemoryError",
        "System.exit(3), System.exit",
        "Runtime.getRuntime().halt(3), System.exit",
    })
    void eval_whatEndsOtherPrograms_isReportedAndSurvived(String code, String name) {
        assertEquals(name, failure(code).name());
        assertEquals("2", value("1+1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ # while (true) { } }",
                "{ # long x = 0; while (true) { x += String.valueOf(x).length(); } }",
                "{ # for (;;) { try { Thread.sleep(5); } catch (Exception e) { } } }",
                "{ # Thread.sleep(60_000); }",
                "void spin() { # do { } while (true); }\nspin();",
                "void down(int n) { if (n < 24) { down(n + 1); down(n + 1); } }\n{ # while (true) down(0); }",
                "{ # IntStream.range(0, 64).parallel().forEach(i -> { while (true) { } }); }",
                "while (true) #",
                "{ # new java.util.concurrent.CountDownLatch(1).await(); }",
                "new Object() { public String toString() { # while (true) { } } }",
            })
    void interrupt_busyOrWaitingCell_stopsIt(String code) throws Exception {
        CompletableFuture<Failure> stopped = CompletableFuture.supplyAsync(
                () -> failure(code.replace("#", "System.out.println(\"running\");")), task -> new Thread(task).start());
        sink.awaitOut("running", STOPPED_WITHIN);
        assertFalse(stopped.isDone());
        session.interrupt();
        Failure failure = stopped.get(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS);
        assertEquals("Interrupted: the cell was interrupted", failure.summary());
        assertTrue(failure.line() > 0, () -> traceback(failure));
        assertTrue(ForkJoinPool.commonPool().awaitQuiescence(1, TimeUnit.SECONDS), "a worker of the cell goes on");
        assertEquals("2", value("1+1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"display(%s);", "%s", "display(%s, \"id\"); 1", "updateDisplay(%s, \"id\");"})
    void eval_bundleThatIsNoJson_isTheCellsError(String code) {
        String picture = "new Picture(new MimeBundle(Map.of(\"text/plain\", \"x\", \"application/json\","
                + " Map.of(\"a\", Double.NaN)), Map.of()))";
        Failure failure = failure(code.replace("%s", picture));
        assertEquals("java.lang.IllegalArgumentException", failure.name());
        assertTrue(failure.message().startsWith("content must be JSON [type=application/json]: "), failure::message);
        assertEquals("2", value("1+1"));
    }

    @Test
    void display_contentChangedAfterwards_isShownAsItWas() {
        assertEquals("nothing", value("""
                var list = new ArrayList<>(List.of(1));
                display(new Picture(new MimeBundle(Map.of("text/plain", "x", "application/json", list), Map.of())));
                list.clear();
                """));
        assertTrue(sink.all().contains("application/json=[1]"), sink::all);
    }

    @Test
    void interrupt_beforeTheCellRuns_stopsIt() {
        cells++;
        CellResult result = session.eval(cells, "1+1", sink, InputStream.nullInputStream(), () -> true);
        assertEquals("Interrupted", ((Failure) result).name());
        assertEquals("2", value("1+1"));
    }

    @Test
    void interrupt_whenNoCellRuns_doesNothing() {
        session.interrupt();
        assertEquals("45", value("int s = 0; for (int i = 0; i < 10; i++) s += i; s"));
    }

    @Test
    void print_manyLines_allArriveInOrderInFewPieces() {
        assertEquals("nothing", value("for (int i = 0; i < 50_000; i++) System.out.println(\"line \" + i);"));
        List<String> lines = sink.out().lines().toList();
        assertEquals(50_000, lines.size());
        assertEquals("line 49999", lines.get(49_999));
        assertTrue(sink.pieces() < 1_000, () -> sink.pieces() + " pieces");
    }

    @Test
    void print_bothStreamsAndUnicode_keepTheirOrder() {
        assertEquals(
                "nothing",
                value(
                        "System.out.print(\"h\u00e9 \ud83d\ude00\"); System.err.print(\"bad\"); System.out.println(\"end\");"));
        assertEquals("STDOUT:h\u00e9 \ud83d\ude00|STDERR:bad|STDOUT:end\n|", sink.all());
    }

    @Test
    void print_threadOfACellThatEnded_belongsToThatCell() {
        TextSink first = new TextSink();
        CellResult started = session.eval(1, """
                var go = new java.util.concurrent.CountDownLatch(1);
                var late = new Thread(() -> {
                    try { go.await(); } catch (Exception e) { }
                    System.out.print("late");
                });
                late.start();
                """, first, InputStream.nullInputStream());
        assertEquals(new Value(null), started);
        assertEquals("nothing", value("System.out.print(\"second\"); go.countDown(); late.join();"));
        assertEquals("late", first.out());
        assertEquals("second", sink.out());
    }

    @Test
    void read_systemIn_readsTheCellsInput() {
        cells++;
        CellResult result = session.eval(
                cells,
                "new Scanner(System.in).nextLine()",
                sink,
                new ByteArrayInputStream("typed\n".getBytes(StandardCharsets.UTF_8)));
        assertEquals(new Value(MimeBundle.text("typed")), result);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "System.out.pri | println( | 11",
                "int n = 1; String s = \"\"; s.toUp | toUpperCase( | 28",
                "int twice(int n) { return 2 * n; }#\"\".isBl | isBlank() | 38",
                "import java.util.zip.*;#Math.ab | abs( | 29",
                "DmaAttribute.WRITE_C | WRITE_COMBINE | 13",
                "java.util.ArrayL | ArrayList | 10",
            })
    void complete_unfinishedName_offersIt(String code, String match, int start) {
        String typed = code.replace('#', '\n');
        CodeAssist.Completions found = session.complete(typed, typed.length());
        assertTrue(found.matches().contains(match), found::toString);
        assertEquals(start, found.start());
        assertEquals(typed.length(), found.end());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "String.valueOf | 14 | String String.valueOf(char[] data)",
                "String.valueOf(1) | 9 | String String.valueOf(char[] data)",
                "Math.abs(3) | 8 | int Math.abs(int a)",
                "DmaAttribute | 12 | org.dmalab.engine.base.DmaAttribute",
            })
    void inspect_name_showsItsSignature(String code, int cursor, String signature) {
        String text = session.inspect(code, cursor).map(MimeBundle::plainText).orElse("nothing");
        assertTrue(text.contains(signature), text);
    }

    @Test
    void inspect_nothing_findsNothing() {
        assertTrue(session.inspect("  ", 1).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "int a = 1; | COMPLETE",
                "1+1 | COMPLETE",
                "void f() { } | COMPLETE",
                "import java.io.*; | COMPLETE",
                "unknown(3) | COMPLETE",
                "// note | COMPLETE",
                "for (int i = 0; i < 3; i++) { | INCOMPLETE",
                "int b = | INCOMPLETE",
                "/* open | INCOMPLETE",
                "if (true) { }#else | INCOMPLETE",
                "if (true) { }#else { } | COMPLETE",
                "@Deprecated | INCOMPLETE",
                "@Deprecated# | INCOMPLETE",
                "@Deprecated void f() { } | COMPLETE",
                "else | INVALID",
                "int = 3 4; | INVALID",
                ")( | INVALID",
                "int x = 1; } | INVALID",
                "\"open | INVALID",
            })
    void completeness_code_isJudged(String code, CodeAssist.Verdict verdict) {
        assertEquals(verdict, session.completeness(code.replace('#', '\n')).verdict());
    }

    @Test
    void completeness_openBlock_indentsTheNextLine() {
        assertEquals(
                new CodeAssist.Completeness(CodeAssist.Verdict.INCOMPLETE, "        "),
                session.completeness("class A {\n    void m() {"));
    }

    @Test
    void imports_all_areOnTheClassPath() {
        assertTrue(Imports.declarations().contains("import org.dmalab.engine.base.*;"));
        assertEquals("4096", value("PageSize.SMALL_4K.bytes()"));
    }
}
