package org.dmalab.kernel;

import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.messages.MessageType;
import java.util.Map;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.shell.OutputSink;
import org.jspecify.annotations.Nullable;

/** Publishes the outputs of one cell as answers to the request that ran it. */
record CellOutputs(ShellReplyEnvironment env) implements OutputSink {
    @Override
    public void print(Stream stream, String text) {
        String name = stream == Stream.STDOUT ? "stdout" : "stderr";
        publish(MessageType.PUBLISH_STREAM, new Content(Map.of("name", name, "text", text)));
    }

    @Override
    public void display(MimeBundle bundle, @Nullable String displayId) {
        publish(MessageType.PUBLISH_DISPLAY_DATA, Content.display(bundle, displayId));
    }

    @Override
    public void update(MimeBundle bundle, String displayId) {
        publish(MessageType.PUBLISH_UPDATE_DISPLAY_DATA, Content.display(bundle, displayId));
    }

    @Override
    public void clearOutput(boolean wait) {
        publish(MessageType.PUBLISH_CLEAR_OUTPUT, new Content(Map.of("wait", wait)));
    }

    void publish(MessageType<?> type, Content content) {
        env.publish(content.message(env.getContext(), type));
    }

    void reply(MessageType<?> type, Content content) {
        env.reply(content.message(env.getContext(), type));
    }
}
