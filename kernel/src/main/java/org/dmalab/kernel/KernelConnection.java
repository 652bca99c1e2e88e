package org.dmalab.kernel;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.request.InputRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.zeromq.ZMQ;

/** basekernel's connection, with a question to the front end that an interrupt ends. */
final class KernelConnection extends JupyterConnection {
    private static final long LOOK_MILLIS = 10;

    KernelConnection(KernelConnectionProperties properties) throws GeneralSecurityException {
        super(properties);
    }

    /**
     * What the user types, without the end of the line.
     *
     * @throws InterruptedIOException when the calling thread is interrupted
     */
    String ask(MessageContext cell, String prompt) throws IOException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        // Not on the cell's thread: an interrupt during socket work would close ZeroMQ's own channels.
        Thread exchange = new Thread(() -> exchange(cell, prompt, answer), "stdin");
        exchange.setDaemon(true);
        exchange.start();
        try {
            return answer.get();
        } catch (InterruptedException e) {
            answer.cancel(false);
            throw new InterruptedIOException("interrupted while waiting for input");
        } catch (ExecutionException e) {
            throw new IOException("the front end's answer to an input request cannot be read", e.getCause());
        }
    }

    private void exchange(MessageContext cell, String prompt, CompletableFuture<String> answer) {
        try {
            synchronized (stdin) {
                while (hasMessage()) {
                    // The late answer to a question that was interrupted.
                    stdin.readMessage();
                }
                stdin.sendMessage(new Message<>(cell, InputRequest.MESSAGE_TYPE, new InputRequest(prompt, false)));
                while (!hasMessage()) {
                    if (answer.isCancelled()) {
                        return;
                    }
                    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                }
                answer.complete(
                        stdin.readMessage(MessageType.INPUT_REPLY).getContent().getValue());
            }
        } catch (RuntimeException | InterruptedException e) {
            answer.completeExceptionally(e);
        }
    }

    private boolean hasMessage() {
        return (stdin.getEvents() & ZMQ.Poller.POLLIN) != 0;
    }
}
