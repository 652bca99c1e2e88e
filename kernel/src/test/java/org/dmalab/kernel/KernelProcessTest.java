package org.dmalab.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dmalab.kernel.TestClient.Received;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.zeromq.ZMQ;

/** The whole kernel, as a process, over real sockets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KernelProcessTest {
    private static final String BUSY = "System.out.println(\"running\"); while (true) { }";

    private TestClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        client = TestClient.start(folder);
    }

    @AfterAll
    void stop() {
        client.close();
    }

    private static String streamed(List<Received> outputs, String name) {
        return outputs.stream()
                .filter(each ->
                        each.type().equals("stream") && each.text("name").equals(name))
                .map(each -> each.text("text"))
                .collect(Collectors.joining());
    }

    private static Received only(List<Received> outputs, String type) {
        List<Received> found =
                outputs.stream().filter(each -> each.type().equals(type)).toList();
        assertEquals(1, found.size(), outputs::toString);
        return found.get(0);
    }

    @Test
    void kernelInfo_asked_namesJava() {
        Received reply = client.reply(client.shell, client.send(client.shell, "kernel_info_request", Map.of()));
        assertEquals("kernel_info_reply", reply.type());
        assertEquals("ok", reply.text("status"));
        assertEquals("dmalab", reply.text("implementation"));
        assertEquals(
                "Java",
                reply.content().getAsJsonObject("language_info").get("name").getAsString());
    }

    @Test
    void execute_expression_publishesInputResultAndIdleInOrder() {
        String id = client.execute("6 * 7");
        Received reply = client.reply(client.shell, id);
        List<Received> outputs = client.outputs(id);
        assertEquals("ok", reply.text("status"));
        assertEquals(
                List.of("status", "execute_input", "execute_result", "status"),
                outputs.stream().map(Received::type).toList());
        Received result = only(outputs, "execute_result");
        assertEquals("{\"text/plain\":\"42\"}", result.content().get("data").toString());
        assertEquals(reply.text("execution_count"), result.text("execution_count"));
    }

    @Test
    void execute_output_isStreamedWhileTheCellRuns() {
        String id =
                client.execute("System.out.println(\"before\"); Thread.sleep(1500); System.err.println(\"after\");");
        Received first = client.awaitOutput(
                each -> each.parent().equals(id) && each.type().equals("stream"));
        assertEquals("before\n", first.text("text"));
        assertFalse(client.poll(client.shell, 200));
        List<Received> outputs = client.outputs(id);
        assertEquals("after\n", streamed(outputs, "stderr"));
        assertEquals("ok", client.reply(client.shell, id).text("status"));
    }

    @Test
    void execute_manyLines_allArrive() {
        String id = client.execute("for (int i = 0; i < 20_000; i++) System.out.println(i);");
        assertEquals("ok", client.reply(client.shell, id).text("status"));
        assertEquals(20_000, streamed(client.outputs(id), "stdout").lines().count());
    }

    @Test
    void execute_error_isTheSameInReplyAndOutput() {
        String id = client.execute("int zero = 0;\n1 / zero");
        Received reply = client.reply(client.shell, id);
        Received error = only(client.outputs(id), "error");
        assertEquals("error", reply.text("status"));
        for (Received each : List.of(reply, error)) {
            assertEquals("java.lang.ArithmeticException", each.text("ename"));
            assertEquals("/ by zero", each.text("evalue"));
            assertTrue(each.content().get("traceback").toString().contains("-->  2 | 1 / zero"), each::toString);
        }
    }

    @Test
    void execute_displayMagic_showsTheBody() {
        String id = client.execute("%%html\n<b>bold</b>");
        assertEquals("ok", client.reply(client.shell, id).text("status"));
        Received shown = only(client.outputs(id), "display_data");
        assertEquals(
                "<b>bold</b>",
                shown.content().getAsJsonObject("data").get("text/html").getAsString());
    }

    @Test
    void execute_exit_isReportedAndTheKernelLives() {
        String id = client.execute("System.exit(1);");
        assertEquals("System.exit", client.reply(client.shell, id).text("ename"));
        String next = client.execute("1 + 1");
        assertEquals("ok", client.reply(client.shell, next).text("status"));
    }

    @Test
    void complete_request_offersMatches() {
        String code = "\"\ud83d\ude00\"; System.out.pri";
        int cursor = code.codePointCount(0, code.length());
        Received reply = client.reply(
                client.shell,
                client.send(client.shell, "complete_request", Map.of("code", code, "cursor_pos", cursor)));
        assertEquals("ok", reply.text("status"));
        assertTrue(reply.content().get("matches").toString().contains("println("), reply::toString);
        assertEquals(cursor - 3, reply.content().get("cursor_start").getAsInt());
        assertEquals(cursor, reply.content().get("cursor_end").getAsInt());
    }

    @Test
    void inspect_request_findsTheSignature() {
        Received reply = client.reply(
                client.shell,
                client.send(
                        client.shell,
                        "inspect_request",
                        Map.of("code", "String.valueOf", "cursor_pos", 14, "detail_level", 0)));
        assertEquals("ok", reply.text("status"));
        assertTrue(reply.content().get("found").getAsBoolean());
        assertTrue(reply.content().get("data").toString().contains("String String.valueOf(int i)"), reply::toString);
    }

    @Test
    void isComplete_request_isJudged() {
        Map<String, String> expected = Map.of(
                "int a = 1;", "complete",
                "for (;;) {", "incomplete",
                "int = 3 4;", "invalid",
                "%%html", "incomplete",
                "%%html\n<b>", "complete",
                "%%bash\nls", "invalid");
        expected.forEach((code, status) -> assertEquals(
                status,
                client.reply(client.shell, client.send(client.shell, "is_complete_request", Map.of("code", code)))
                        .text("status"),
                code));
    }

    @Test
    void history_request_isAnswered() {
        Received reply = client.reply(
                client.shell,
                client.send(
                        client.shell,
                        "history_request",
                        Map.of("hist_access_type", "tail", "n", 3, "output", false, "raw", true)));
        assertEquals("history_reply", reply.type());
    }

    @Test
    void interrupt_busyLoop_stopsItAndAnswersOnControl() {
        String id = client.execute(BUSY);
        client.awaitLine(id, "running");
        String interrupt = client.send(client.control, "interrupt_request", Map.of());
        assertEquals("ok", client.reply(client.control, interrupt).text("status"));
        Received reply = client.reply(client.shell, id);
        assertEquals("Interrupted", reply.text("ename"));
        String next = client.execute("1 + 1");
        assertEquals("ok", client.reply(client.shell, next).text("status"));
    }

    @Test
    void input_request_reachesTheCell() {
        String id = client.execute("System.out.print(\"name? \"); new Scanner(System.in).nextLine()");
        Received asked = client.await(client.stdin, each -> each.type().equals("input_request"));
        assertEquals(id, asked.parent());
        client.send(client.stdin, "input_reply", Map.of("value", "Ada"));
        assertEquals("ok", client.reply(client.shell, id).text("status"));
        List<Received> outputs = client.outputs(id);
        assertEquals("name? ", streamed(outputs, "stdout"));
        assertEquals(
                "{\"text/plain\":\"Ada\"}",
                only(outputs, "execute_result").content().get("data").toString());
    }

    @Test
    void input_interrupted_leavesTheNextQuestionItsOwnAnswer() throws Exception {
        String first = client.execute("System.in.read()");
        Received asked = client.await(client.stdin, each -> each.parent().equals(first));
        assertEquals("input_request", asked.type());
        String interrupt = client.send(client.control, "interrupt_request", Map.of());
        assertEquals("ok", client.reply(client.control, interrupt).text("status"));
        assertEquals("Interrupted", client.reply(client.shell, first).text("ename"));
        client.send(client.stdin, "input_reply", Map.of("value", "too late"));
        Thread.sleep(200);
        String second = client.execute("new Scanner(System.in).nextLine()");
        assertEquals(second, client.await(client.stdin, each -> true).parent());
        client.send(client.stdin, "input_reply", Map.of("value", "in time"));
        assertEquals(
                "{\"text/plain\":\"in time\"}",
                only(client.outputs(second), "execute_result")
                        .content()
                        .get("data")
                        .toString());
        assertEquals("ok", client.reply(client.shell, second).text("status"));
    }

    private String status(String id) {
        return client.reply(client.shell, id).text("status");
    }

    @Test
    void execute_behindAnError_isAborted() {
        String first = client.execute("Thread.sleep(300); throw new IllegalStateException();");
        String second = client.execute("System.out.println(2);");
        String info = client.send(client.shell, "kernel_info_request", Map.of());
        String third = client.execute("3");
        assertEquals("error", status(first));
        assertEquals("aborted", status(second));
        assertEquals("ok", status(info));
        assertEquals("aborted", status(third));
        assertEquals(
                List.of("status", "status"),
                client.outputs(third).stream().map(Received::type).toList());
        assertEquals("ok", status(client.execute("4")));
    }

    @Test
    void execute_behindAnErrorThatShallNotStop_runs() {
        String first =
                client.execute("Thread.sleep(300); throw new IllegalStateException();", Map.of("stop_on_error", false));
        String second = client.execute("2");
        assertEquals("error", status(first));
        assertEquals("ok", status(second));
    }

    @Test
    void execute_behindAnInterruptedCell_isAborted() {
        String first = client.execute(BUSY);
        String second = client.execute("2");
        client.awaitLine(first, "running");
        client.send(client.control, "interrupt_request", Map.of());
        assertEquals("Interrupted", client.reply(client.shell, first).text("ename"));
        assertEquals("aborted", status(second));
        assertEquals("ok", status(client.execute("3")));
    }

    @Test
    void read_wrongSignature_isDropped() {
        for (ZMQ.Socket socket : List.of(client.shell, client.control)) {
            client.send(socket, "kernel_info_request", Map.of(), parts -> "0".repeat(64));
            String next = client.send(socket, "kernel_info_request", Map.of());
            assertEquals(next, client.await(socket, any -> true).parent());
        }
    }

    @Test
    void read_noMessage_isDropped() {
        for (String garbage : List.of("", "garbage", "<IDS|MSG>")) {
            assertTrue(client.shell.sendMore("x"));
            assertTrue(client.shell.send(garbage));
            assertEquals("ok", status(client.send(client.shell, "kernel_info_request", Map.of())));
        }
    }

    @Test
    void read_contentOfTheWrongType_isAnsweredWithTheError() {
        Map<String, Map<String, ?>> requests = Map.of(
                "execute_request", Map.of("code", Map.of()),
                "complete_request", Map.of("code", "a", "cursor_pos", "x"));
        requests.forEach((type, content) -> {
            String id = client.send(client.shell, type, content);
            Received reply = client.reply(client.shell, id);
            assertEquals(type.replace("request", "reply"), reply.type());
            assertEquals("error", reply.text("status"));
            assertTrue(reply.text("evalue").startsWith(type + " cannot be read: "), reply::toString);
            assertEquals(2, client.outputs(id).size());
            assertEquals("ok", status(client.execute("1")));
        });
    }

    @Test
    void execute_onlyTheCode_hasTheProtocolsDefaults() {
        String first = client.send(client.shell, "execute_request", Map.of("code", "Thread.sleep(300); throw null;"));
        String second = client.send(client.shell, "execute_request", Map.of("code", "2"));
        assertEquals("error", status(first));
        assertEquals("aborted", status(second));
        assertEquals("ok", status(client.send(client.shell, "execute_request", Map.of("code", "3"))));
    }

    @Test
    void interrupt_whileTheSessionOpens_stopsTheCell(@TempDir Path folder) throws Exception {
        try (TestClient other = TestClient.start(folder)) {
            String id = other.execute("Thread.sleep(20_000);");
            Received input = other.awaitOutput(each -> each.type().equals("execute_input"));
            assertEquals(id, input.parent());
            other.send(other.control, "interrupt_request", Map.of());
            assertEquals("Interrupted", other.reply(other.shell, id).text("ename"));
            assertEquals("ok", other.reply(other.shell, other.execute("1 + 1")).text("status"));
        }
    }

    @Test
    void input_whileAThreadOfAnEarlierCellReads_isAskedFor() {
        String first = client.execute("""
                var reader = new Thread(() -> {
                    try { System.in.read(); } catch (java.io.IOException e) { System.out.println(e.getMessage()); }
                });
                reader.start();
                """);
        Received asked = client.await(client.stdin, each -> true);
        assertEquals(first, asked.parent());
        assertEquals("ok", status(first));
        String second = client.execute("var line = new Scanner(System.in).nextLine(); reader.join(); line");
        assertEquals(second, client.await(client.stdin, each -> true).parent());
        client.send(client.stdin, "input_reply", Map.of("value", "mine"));
        assertEquals(
                "{\"text/plain\":\"mine\"}",
                only(client.outputs(second), "execute_result")
                        .content()
                        .get("data")
                        .toString());
        assertEquals("ok", status(second));
    }

    @Test
    void input_ofAFrontEndThatTakesNone_saysSo() {
        String id = client.execute("new Scanner(System.in).nextLine()", Map.of("allow_stdin", false));
        assertEquals("error", status(id));
        assertEquals(
                "System.in: this front end takes no input from its user\n", streamed(client.outputs(id), "stderr"));
    }

    @Test
    void execute_withoutHistory_doesNotCount() {
        String before = client.reply(client.shell, client.execute("1")).text("execution_count");
        String without = client.reply(client.shell, client.execute("1", Map.of("store_history", false)))
                .text("execution_count");
        String after = client.reply(client.shell, client.execute("1")).text("execution_count");
        assertEquals(Integer.parseInt(before) + 1, Integer.parseInt(without));
        assertEquals(without, after);
    }

    @Test
    void execute_userExpressions_areEvaluatedAfterTheCell() {
        String id = client.execute(
                "int base = 20;", Map.of("user_expressions", Map.of("good", "base + 22", "bad", "base / 0")));
        JsonObject values = client.reply(client.shell, id).content().getAsJsonObject("user_expressions");
        assertEquals(
                "{\"text/plain\":\"42\"}",
                values.getAsJsonObject("good").get("data").toString());
        assertEquals("ok", values.getAsJsonObject("good").get("status").getAsString());
        assertEquals("error", values.getAsJsonObject("bad").get("status").getAsString());
        assertEquals("/ by zero", values.getAsJsonObject("bad").get("evalue").getAsString());
    }

    @Test
    void execute_displayThatIsNoJson_isAnErrorAndTheKernelLives() {
        String id = client.execute("display(new Picture(new MimeBundle("
                + "Map.of(\"text/plain\", \"x\", \"application/json\", Double.NaN), Map.of())));");
        assertEquals(
                "java.lang.IllegalArgumentException",
                client.reply(client.shell, id).text("ename"));
        assertEquals("ok", status(client.execute("1")));
    }

    @Test
    void heartbeat_ping_isEchoed() {
        assertTrue(client.heartbeat.send("ping"));
        assertTrue(client.poll(client.heartbeat, 5_000));
        assertEquals("ping", new String(client.heartbeat.recv(), StandardCharsets.UTF_8));
    }

    @Test
    void shutdown_whileBusy_isAnsweredAndEndsTheProcess(@TempDir Path folder) throws Exception {
        try (TestClient other = TestClient.start(folder)) {
            other.awaitLine(other.execute(BUSY), "running");
            String id = other.send(other.control, "shutdown_request", Map.of("restart", false));
            Received reply = other.reply(other.control, id);
            assertEquals("ok", reply.text("status"));
            assertFalse(reply.content().get("restart").getAsBoolean());
            assertTrue(other.processEndsWithin(3));
        }
    }
}
