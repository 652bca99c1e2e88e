package org.dmalab.kernel;

import io.github.spencerpark.jupyter.channels.ShellChannel;
import io.github.spencerpark.jupyter.channels.ShellHandler;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.messages.HMACGenerator;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.request.ExecuteRequest;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.zeromq.ZMQ;

/**
 * The shell or the control channel: hands requests to their handlers, one after the other, whatever becomes of each.
 *
 * <p>basekernel's own loop ends with the first message it cannot read, and cannot look at the requests that wait.
 */
final class RequestChannel extends ShellChannel {
    private static final Logger LOG = Logger.getLogger(RequestChannel.class.getName());

    private final KernelConnection connection;
    private final MessageReader reader;
    private final boolean isControl;
    private final Queue<Runnable> taken = new ArrayDeque<>();

    RequestChannel(ZMQ.Context context, HMACGenerator signatures, boolean isControl, KernelConnection connection) {
        super(context, signatures, isControl, connection);
        this.connection = connection;
        this.reader = new MessageReader(signatures);
        this.isControl = isControl;
    }

    @Override
    public void bind(KernelConnectionProperties properties) {
        int port = isControl ? properties.getControlPort() : properties.getShellPort();
        bind(formatAddress(properties.getTransport(), properties.getIp(), port));
        new Thread(this::serve, isControl ? "control" : "shell").start();
    }

    /** Answers the execute requests that have arrived already with {@code abort}; called by a handler of this channel. */
    void abortQueued(ShellHandler<ExecuteRequest> abort) {
        while ((getEvents() & ZMQ.Poller.POLLIN) != 0) {
            reader.next(this)
                    .ifPresent(message -> taken.add(() -> answer(
                            message,
                            message.getHeader().getType().equals(MessageType.EXECUTE_REQUEST)
                                    ? abort
                                    : handler(message))));
        }
    }

    private void serve() {
        while (true) {
            try {
                Runnable next = taken.poll();
                if (next != null) {
                    next.run();
                } else {
                    reader.next(this).ifPresent(message -> answer(message, handler(message)));
                }
            } catch (RuntimeException | Error e) {
                LOG.log(Level.WARNING, "a request is not answered", e);
            }
        }
    }

    private @Nullable ShellHandler<?> handler(Message<?> message) {
        return connection.getHandler(message.getHeader().getType());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // A handler is registered under the type of the messages it takes.
    private void answer(Message<?> message, @Nullable ShellHandler<?> handler) {
        ShellReplyEnvironment env = connection.prepareReplyEnv(this, message);
        try {
            if (message.getContent() instanceof MessageReader.Unreadable unreadable) {
                refuse(env, message.getHeader().getType(), unreadable.reason());
            } else if (handler == null) {
                LOG.warning(() -> "a message is dropped, its type is not known to this kernel");
            } else {
                ((ShellHandler) handler).handle(env, message);
            }
        } catch (Exception e) {
            LOG.log(Level.WARNING, "a " + message.getHeader().getType() + " is not answered", e);
        } finally {
            env.resolveDeferrals();
        }
    }

    private static void refuse(ShellReplyEnvironment env, MessageType<?> type, String reason) {
        LOG.warning(reason);
        MessageType<?> reply = DmaLabKernel.replyTo(type);
        if (!reply.equals(MessageType.UNKNOWN)) {
            env.setBusyDeferIdle();
            new CellOutputs(env).reply(reply, Content.error("UnreadableRequest", reason, List.of(reason)));
        }
    }
}
