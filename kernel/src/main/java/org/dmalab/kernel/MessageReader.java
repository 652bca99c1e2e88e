package org.dmalab.kernel;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.spencerpark.jupyter.messages.HMACGenerator;
import io.github.spencerpark.jupyter.messages.Header;
import io.github.spencerpark.jupyter.messages.KernelTimestamp;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.adapters.HeaderAdapter;
import io.github.spencerpark.jupyter.messages.adapters.HistoryRequestAdapter;
import io.github.spencerpark.jupyter.messages.adapters.KernelTimestampAdapter;
import io.github.spencerpark.jupyter.messages.adapters.MessageTypeAdapter;
import io.github.spencerpark.jupyter.messages.request.HistoryRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;
import org.zeromq.ZMQ;

/**
 * Makes messages of what arrives on a socket (Jupyter messaging, "The wire protocol"); what is no message, or is not
 * signed with the connection's key, is logged and dropped.
 */
final class MessageReader {
    private static final Logger LOG = Logger.getLogger(MessageReader.class.getName());
    private static final byte[] DELIMITER = "<IDS|MSG>".getBytes(StandardCharsets.US_ASCII);

    /** Frames from the signature to the content: signature, header, parent header, metadata, content. */
    private static final int SIGNED = 5;

    private static final Gson JSON = new GsonBuilder()
            .registerTypeAdapter(Header.class, HeaderAdapter.INSTANCE)
            .registerTypeAdapter(KernelTimestamp.class, KernelTimestampAdapter.INSTANCE)
            .registerTypeAdapter(MessageType.class, MessageTypeAdapter.INSTANCE)
            .registerTypeAdapter(HistoryRequest.class, HistoryRequestAdapter.INSTANCE)
            .create();

    private final HMACGenerator signatures;

    MessageReader(HMACGenerator signatures) {
        this.signatures = signatures;
    }

    /**
     * Stands in a message for the content that the message's type does not allow.
     *
     * @param reason what is wrong with it
     */
    record Unreadable(String reason) {}

    /** The next message of {@code socket}, for which this waits; empty when something else arrived. */
    Optional<Message<?>> next(ZMQ.Socket socket) {
        List<byte[]> frames = new ArrayList<>();
        do {
            byte[] frame = socket.recv();
            if (frame == null) {
                return Optional.empty();
            }
            frames.add(frame);
        } while (socket.hasReceiveMore());
        try {
            return Optional.of(message(frames));
        } catch (RuntimeException e) {
            LOG.warning(() -> "a message is dropped: " + e.getMessage());
            return Optional.empty();
        }
    }

    private Message<?> message(List<byte[]> frames) {
        int start = 0;
        while (start < frames.size() && !Arrays.equals(frames.get(start), DELIMITER)) {
            start++;
        }
        int end = start + 1 + SIGNED;
        if (end > frames.size()) {
            throw new IllegalArgumentException(
                    "message must have a delimiter and " + SIGNED + " parts behind it [frames=" + frames.size() + "]");
        }
        List<byte[]> parts = frames.subList(start + 2, end);
        byte[] expected =
                signatures.calculateSignature(parts.toArray(byte[][]::new)).getBytes(StandardCharsets.US_ASCII);
        if (!MessageDigest.isEqual(expected, frames.get(start + 1))) {
            throw new IllegalArgumentException("message is not signed with the key of the connection file");
        }
        Header<?> header = JSON.fromJson(text(parts.get(0)), Header.class);
        return message(frames.subList(0, start), header, text(parts.get(3)), frames.subList(end, frames.size()));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // The header's type says what the content is.
    private static Message<?> message(List<byte[]> sender, Header<?> header, String content, List<byte[]> blobs) {
        return new Message(sender, header, null, Map.of(), content(header.getType(), content), blobs);
    }

    private static Object content(MessageType<?> type, String content) {
        try {
            JsonObject fields = JSON.fromJson(content, JsonObject.class);
            if (type.equals(MessageType.EXECUTE_REQUEST)) {
                complete(fields);
            }
            return JSON.fromJson(fields, type.getContentType());
        } catch (RuntimeException e) {
            return new Unreadable(type + " cannot be read: " + e.getMessage());
        }
    }

    /** Adds what an {@code execute_request} may leave out, as the protocol defines it. */
    private static void complete(JsonObject request) {
        if (!(request.get("code") instanceof JsonPrimitive)) {
            throw new IllegalArgumentException("code must be a string: " + request.get("code"));
        }
        boolean silent = request.has("silent") && request.get("silent").getAsBoolean();
        Map<String, Boolean> defaults =
                Map.of("silent", false, "store_history", !silent, "allow_stdin", true, "stop_on_error", true);
        defaults.forEach((name, value) -> {
            if (!request.has(name)) {
                request.addProperty(name, value);
            }
        });
        if (!request.has("user_expressions")) {
            request.add("user_expressions", new JsonObject());
        }
    }

    private static String text(byte[] part) {
        return new String(part, StandardCharsets.UTF_8);
    }
}
