package org.dmalab.kernel;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.messages.HMACGenerator;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.publish.PublishStatus;
import io.github.spencerpark.jupyter.messages.reply.InputReply;
import io.github.spencerpark.jupyter.messages.request.InputRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.GeneralSecurityException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.zeromq.ZMQ;

/**
 * basekernel's connection, with channels that outlive an unreadable message and a question to the front end that an
 * interrupt ends. It lasts as long as the process.
 */
final class KernelConnection extends JupyterConnection {
    private static final Logger LOG = Logger.getLogger(KernelConnection.class.getName());
    private static final long LOOK_MILLIS = 10;

    private final KernelConnectionProperties properties;
    private final MessageReader reader;
    private final RequestChannel requests;
    private final RequestChannel controls;
    private final AtomicInteger turns = new AtomicInteger();
    private final Set<Question> questions = new HashSet<>();

    KernelConnection(KernelConnectionProperties properties) throws GeneralSecurityException {
        super(properties);
        this.properties = properties;
        HMACGenerator signatures = properties.createHMACGenerator();
        reader = new MessageReader(signatures);
        // basekernel keeps its context, and two sockets that are never bound, to itself.
        ZMQ.Context context = ZMQ.context(1);
        requests = new RequestChannel(context, signatures, false, this);
        controls = new RequestChannel(context, signatures, true, this);
    }

    private record Question(int turn, CompletableFuture<String> answer) {}

    @Override
    public void connect() {
        heartbeat.bind(properties);
        stdin.bind(properties);
        iopub.bind(properties);
        iopub.sendMessage(new Message<>(null, PublishStatus.MESSAGE_TYPE, PublishStatus.STARTING));
        requests.bind(properties);
        controls.bind(properties);
    }

    /** The place of a cell in the order in which cells run. */
    int turn() {
        return turns.incrementAndGet();
    }

    /**
     * What the user types, without the end of the line. The question withdraws those of cells that ran before, whose
     * threads may still wait for a line.
     *
     * @throws InterruptedIOException when the calling thread is interrupted
     * @throws IOException when a later cell asks
     */
    String ask(MessageContext cell, int turn, String prompt) throws IOException {
        Question question = new Question(turn, new CompletableFuture<>());
        synchronized (questions) {
            questions.stream()
                    .filter(earlier -> earlier.turn() < turn)
                    .forEach(earlier -> earlier.answer()
                            .completeExceptionally(
                                    new IOException("a later cell asks for input; this question is withdrawn")));
            questions.add(question);
        }
        // Not on the cell's thread: an interrupt during socket work would close ZeroMQ's own channels.
        Thread exchange = new Thread(() -> exchange(cell, prompt, question.answer()), "stdin");
        exchange.setDaemon(true);
        exchange.start();
        try {
            return question.answer().get();
        } catch (InterruptedException e) {
            question.answer().cancel(false);
            throw new InterruptedIOException("interrupted while waiting for input");
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException(String.valueOf(cause.getMessage()), cause);
        } finally {
            synchronized (questions) {
                questions.remove(question);
            }
        }
    }

    private void exchange(MessageContext cell, String prompt, CompletableFuture<String> answer) {
        try {
            synchronized (stdin) {
                while (!answer.isDone() && hasMessage()) {
                    // The late answer to a question that was interrupted or withdrawn.
                    reader.next(stdin).ifPresent(late -> LOG.fine("a late answer is dropped"));
                }
                if (answer.isDone()) {
                    return;
                }
                stdin.sendMessage(new Message<>(cell, InputRequest.MESSAGE_TYPE, new InputRequest(prompt, false)));
                while (!answer.isDone()) {
                    if (hasMessage()) {
                        reader.next(stdin)
                                .filter(message -> message.getContent() instanceof InputReply)
                                .ifPresent(message -> answer.complete(((InputReply) message.getContent()).getValue()));
                    } else {
                        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                    }
                }
            }
        } catch (RuntimeException | InterruptedException e) {
            answer.completeExceptionally(e);
        }
    }

    private boolean hasMessage() {
        return (stdin.getEvents() & ZMQ.Poller.POLLIN) != 0;
    }
}
