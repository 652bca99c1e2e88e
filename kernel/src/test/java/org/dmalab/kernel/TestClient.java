package org.dmalab.kernel;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMsg;

/** A Jupyter front end of a hundred lines: starts the kernel as a process and speaks the protocol with it. */
final class TestClient implements AutoCloseable {
    private static final String KEY = "a0436f6c-1916-498b-8eb9-e81ab9368e84";
    private static final int WAIT_MILLIS = 60_000;
    private static final byte[] DELIMITER = "<IDS|MSG>".getBytes(StandardCharsets.US_ASCII);

    private final ZContext context = new ZContext();
    private final Process process;
    private final String session = UUID.randomUUID().toString();
    final ZMQ.Socket shell;
    final ZMQ.Socket control;
    final ZMQ.Socket stdin;
    final ZMQ.Socket heartbeat;
    private final ZMQ.Socket iopub;

    private TestClient(Process process, Map<String, Object> connection) {
        this.process = process;
        shell = socket(SocketType.DEALER, connection, "shell_port");
        control = socket(SocketType.DEALER, connection, "control_port");
        stdin = socket(SocketType.DEALER, connection, "stdin_port");
        heartbeat = socket(SocketType.REQ, connection, "hb_port");
        iopub = socket(SocketType.SUB, connection, "iopub_port");
    }

    /** A message: its type, the request it answers, what it says. */
    record Received(String type, String parent, JsonObject content) {
        String text(String field) {
            JsonElement value = content.get(field);
            return value == null ? "" : value.getAsString();
        }
    }

    static TestClient start(Path folder) throws Exception {
        Map<String, Object> connection = new LinkedHashMap<>(
                Map.of("ip", "127.0.0.1", "transport", "tcp", "key", KEY, "signature_scheme", "hmac-sha256"));
        List<ServerSocket> taken = new ArrayList<>();
        for (String port : List.of("shell_port", "control_port", "stdin_port", "hb_port", "iopub_port")) {
            ServerSocket free = new ServerSocket(0);
            taken.add(free);
            connection.put(port, free.getLocalPort());
        }
        for (ServerSocket each : taken) {
            each.close();
        }
        Path file = Files.writeString(folder.resolve("connection.json"), new Gson().toJson(connection));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "org.dmalab.kernel.Main",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("kernel.log").toFile())
                .start();
        TestClient client = new TestClient(process, connection);
        // A subscription takes a moment: the kernel is ready for us when IOPub tells of a request of ours.
        for (int i = 0; i < 100; i++) {
            String id = client.send(client.shell, "kernel_info_request", Map.of());
            client.reply(client.shell, id);
            if (client.poll(client.iopub, 200)) {
                client.drain();
                return client;
            }
        }
        throw new IllegalStateException("IOPub stays silent");
    }

    private ZMQ.Socket socket(SocketType type, Map<String, Object> connection, String port) {
        ZMQ.Socket socket = context.createSocket(type);
        socket.setLinger(0);
        if (type == SocketType.SUB) {
            socket.setRcvHWM(0);
            socket.subscribe(new byte[0]);
        } else if (type == SocketType.DEALER) {
            socket.setIdentity(session.getBytes(StandardCharsets.US_ASCII));
        }
        socket.connect("tcp://127.0.0.1:" + connection.get(port));
        return socket;
    }

    @CanIgnoreReturnValue
    String send(ZMQ.Socket socket, String type, Map<String, ?> content) {
        return send(socket, type, content, TestClient::sign);
    }

    /** Sends a message whose signature {@code signer} makes. */
    @CanIgnoreReturnValue
    String send(ZMQ.Socket socket, String type, Map<String, ?> content, Function<List<String>, String> signer) {
        String id = UUID.randomUUID().toString();
        Gson gson = new Gson();
        String header = gson.toJson(Map.of(
                "msg_id",
                id,
                "session",
                session,
                "username",
                "test",
                "date",
                Instant.EPOCH.toString(),
                "msg_type",
                type,
                "version",
                "5.3"));
        List<String> parts = List.of(header, "{}", "{}", gson.toJson(content));
        ZMsg message = new ZMsg();
        message.add(DELIMITER);
        message.add(signer.apply(parts));
        parts.forEach(part -> message.add(part.getBytes(StandardCharsets.UTF_8)));
        if (!message.send(socket)) {
            throw new IllegalStateException("not sent: " + type);
        }
        return id;
    }

    @CanIgnoreReturnValue
    String execute(String code) {
        return execute(code, Map.of());
    }

    /** Executes {@code code} with these fields of the request other than they are in JupyterLab. */
    @CanIgnoreReturnValue
    String execute(String code, Map<String, ?> fields) {
        Map<String, Object> request = new LinkedHashMap<>(Map.of(
                "code",
                code,
                "silent",
                false,
                "store_history",
                true,
                "user_expressions",
                Map.of(),
                "allow_stdin",
                true,
                "stop_on_error",
                true));
        request.putAll(fields);
        return send(shell, "execute_request", request);
    }

    /** Returns when the cell that {@code id} asked for has printed {@code text} and a line's end. */
    void awaitLine(String id, String text) {
        Received printed = awaitOutput(message -> message.parent().equals(id)
                && message.type().equals("stream")
                && message.text("text").equals(text + "\n"));
        Objects.requireNonNull(printed);
    }

    /** The answer to {@code id} on {@code socket}. */
    @CanIgnoreReturnValue
    Received reply(ZMQ.Socket socket, String id) {
        return await(socket, message -> message.parent().equals(id));
    }

    Received await(ZMQ.Socket socket, Predicate<Received> wanted) {
        while (poll(socket, WAIT_MILLIS)) {
            Received message = receive(socket);
            if (wanted.test(message)) {
                return message;
            }
        }
        throw new AssertionError("no answer in " + WAIT_MILLIS + " ms [kernel alive=" + process.isAlive() + "]");
    }

    Received awaitOutput(Predicate<Received> wanted) {
        return await(iopub, wanted);
    }

    /** What IOPub says of {@code id}, up to its idle status. */
    List<Received> outputs(String id) {
        List<Received> all = new ArrayList<>();
        Received last;
        do {
            last = await(iopub, message -> message.parent().equals(id));
            all.add(last);
        } while (!last.text("execution_state").equals("idle"));
        return all;
    }

    boolean processEndsWithin(long seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    boolean poll(ZMQ.Socket socket, int millis) {
        try (ZMQ.Poller poller = context.createPoller(1)) {
            int index = poller.register(socket, ZMQ.Poller.POLLIN);
            return poller.poll(millis) > 0 && poller.pollin(index);
        }
    }

    private void drain() {
        while (poll(iopub, 200)) {
            Received ignored = receive(iopub);
            Objects.requireNonNull(ignored);
        }
    }

    private static Received receive(ZMQ.Socket socket) {
        List<byte[]> frames = new ArrayList<>();
        do {
            frames.add(socket.recv());
        } while (socket.hasReceiveMore());
        int at = 0;
        while (!Arrays.equals(frames.get(at), DELIMITER)) {
            at++;
        }
        List<String> parts = frames.subList(at + 2, at + 6).stream()
                .map(part -> new String(part, StandardCharsets.UTF_8))
                .toList();
        if (!new String(frames.get(at + 1), StandardCharsets.US_ASCII).equals(sign(parts))) {
            throw new AssertionError("wrong signature: " + parts);
        }
        JsonObject header = JsonParser.parseString(parts.get(0)).getAsJsonObject();
        JsonElement parent =
                JsonParser.parseString(parts.get(1)).getAsJsonObject().get("msg_id");
        return new Received(
                header.get("msg_type").getAsString(),
                parent == null ? "" : parent.getAsString(),
                JsonParser.parseString(parts.get(3)).getAsJsonObject());
    }

    private static String sign(List<String> parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
            parts.forEach(part -> mac.update(part.getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        context.close();
    }
}
