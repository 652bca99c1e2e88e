package org.dmalab.kernel;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.ShellHandler;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.kernel.LanguageInfo;
import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.messages.Header;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.request.ExecuteRequest;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.magic.DisplayMagics;
import org.dmalab.kernel.shell.CellIo;
import org.dmalab.kernel.shell.CellResult;
import org.dmalab.kernel.shell.CodeAssist;
import org.dmalab.kernel.shell.Imports;
import org.dmalab.kernel.shell.JavaSession;
import org.jspecify.annotations.Nullable;

/**
 * The kernel as jupyter-jvm-basekernel sees it: requests become calls of a {@link JavaSession}, outcomes messages.
 *
 * <p>Where basekernel's own handlers leave out what the protocol asks for ({@code status}), tell the reply and IOPub two
 * different errors, or let an {@code Error} end a channel's thread, the handlers here stand in their place.
 */
final class DmaLabKernel extends BaseKernel {
    private static final Logger LOG = Logger.getLogger(DmaLabKernel.class.getName());
    private static final String REQUEST = "_request";

    private final CellIo io = CellIo.install();
    private final CompletableFuture<JavaSession> session = new CompletableFuture<>();
    private final AtomicBoolean opening = new AtomicBoolean();
    private final KernelConnection connection;
    private volatile @Nullable CellOutputs executing;

    /** Whether the running cell shall stop; set also while it waits for the session to open. */
    private volatile boolean interrupted;

    private DmaLabKernel(KernelConnection connection) {
        this.connection = connection;
    }

    /** Answers the front end that wrote {@code properties} from now on. */
    static void start(KernelConnectionProperties properties) throws GeneralSecurityException {
        // The log's handlers are made with their first use: now, while System.err is the process's and not a cell's.
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setLevel(Level.WARNING);
        }
        KernelConnection connection = new KernelConnection(properties);
        DmaLabKernel kernel = new DmaLabKernel(connection);
        kernel.becomeHandlerForConnection(connection);
        // No limit: a message for a slow front end waits in memory, where ZeroMQ's default drops it.
        connection.getIOPub().setSndHWM(0);
        connection.connect();
        Runtime.getRuntime().addShutdownHook(new Thread(kernel::sayThatTheProcessEnds, "last words"));
    }

    @Override
    public LanguageInfo getLanguageInfo() {
        return new LanguageInfo.Builder("Java")
                .version(Runtime.version().toString())
                .mimetype("text/x-java")
                .fileExtension(".java")
                .pygments("java")
                .codemirror("text/x-java")
                .build();
    }

    @Override
    public String getBanner() {
        return "DMA Lab, Java " + Runtime.version();
    }

    @Override
    public DisplayData eval(String code) {
        throw new UnsupportedOperationException(
                "cells run through execute_request, which knows where their output goes");
    }

    @Override
    public @Nullable DisplayData inspect(String code, int at, boolean extraDetail) {
        return session()
                .inspect(code, Offsets.toChars(code, at))
                .map(found -> new DisplayData(found.plainText()))
                .orElse(null);
    }

    @Override
    public ReplacementOptions complete(String code, int at) {
        CodeAssist.Completions found = session().complete(code, Offsets.toChars(code, at));
        return new ReplacementOptions(
                found.matches(), Offsets.toCodePoints(code, found.start()), Offsets.toCodePoints(code, found.end()));
    }

    @Override
    public String isComplete(String code) {
        if (code.stripLeading().startsWith("%%")) {
            return isMagicComplete(code);
        }
        CodeAssist.Completeness answer = session().completeness(code);
        return switch (answer.verdict()) {
            case COMPLETE -> IS_COMPLETE_YES;
            case INVALID -> IS_COMPLETE_BAD;
            case INCOMPLETE -> answer.indent();
        };
    }

    /** A magic this kernel has is complete when a line follows it; one it has not stays wrong. */
    private static String isMagicComplete(String code) {
        if (DisplayMagics.show(code).isPresent()) {
            return IS_COMPLETE_YES;
        }
        return DisplayMagics.show(code + "\n").isPresent() ? "" : IS_COMPLETE_BAD;
    }

    @Override
    public void interrupt() {
        interrupted = true;
        if (session.isDone() && !session.isCompletedExceptionally()) {
            session.join().interrupt();
        }
    }

    @Override
    public void becomeHandlerForConnection(JupyterConnection target) {
        super.becomeHandlerForConnection(target);
        handle(target, MessageType.EXECUTE_REQUEST, this::execute);
        handle(
                target,
                MessageType.KERNEL_INFO_REQUEST,
                (env, request) -> new CellOutputs(env).reply(MessageType.KERNEL_INFO_REPLY, Content.ok(kernelInfo())));
        handle(
                target,
                MessageType.HISTORY_REQUEST,
                (env, request) -> new CellOutputs(env)
                        .reply(MessageType.HISTORY_REPLY, Content.ok(Map.of("history", List.of()))));
        handle(target, MessageType.INTERRUPT_REQUEST, (env, request) -> {
            interrupt();
            new CellOutputs(env).reply(MessageType.INTERRUPT_REPLY, Content.ok(Map.of()));
        });
        handle(target, MessageType.SHUTDOWN_REQUEST, (env, request) -> {
            executing = null;
            interrupt();
            boolean restart = request.getContent().isRestart();
            new CellOutputs(env).reply(MessageType.SHUTDOWN_REPLY, Content.ok(Map.of("restart", restart)));
            env.resolveDeferrals();
            Shutdown.begin();
        });
        guard(target, MessageType.INSPECT_REQUEST, MessageType.INSPECT_REPLY);
        guard(target, MessageType.COMPLETE_REQUEST, MessageType.COMPLETE_REPLY);
        guard(target, MessageType.IS_COMPLETE_REQUEST, MessageType.IS_COMPLETE_REPLY);
        guard(target, MessageType.COMM_INFO_REQUEST, MessageType.COMM_INFO_REPLY);
    }

    private static <T> void handle(JupyterConnection target, MessageType<T> type, ShellHandler<T> handler) {
        target.setHandler(type, (env, request) -> {
            env.setBusyDeferIdle();
            handler.handle(env, request);
        });
        guard(target, type, replyTo(type));
    }

    /** The type of the answer to {@code type}, {@link MessageType#UNKNOWN} for what is not answered. */
    static MessageType<?> replyTo(MessageType<?> type) {
        String name = type.getName();
        return name.endsWith(REQUEST)
                ? MessageType.getType(name.substring(0, name.length() - REQUEST.length()) + "_reply")
                : MessageType.UNKNOWN;
    }

    /** Answers with the error, whichever it is, where the handler would leave the front end waiting. */
    private static <T> void guard(JupyterConnection target, MessageType<T> type, MessageType<?> replyType) {
        ShellHandler<T> handler = target.getHandler(type);
        target.setHandler(type, (env, request) -> {
            try {
                handler.handle(env, request);
            } catch (RuntimeException | Error e) {
                LOG.log(Level.WARNING, "cannot answer a " + type, e);
                new CellOutputs(env)
                        .reply(
                                replyType,
                                Content.error(e.getClass().getName(), String.valueOf(e.getMessage()), List.of()));
            }
        });
    }

    private void execute(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        ExecuteRequest request = message.getContent();
        boolean counts = request.shouldStoreHistory() && !request.isSilent();
        int count = counts ? executionCount.getAndIncrement() : executionCount.get();
        CellOutputs outputs = new CellOutputs(env);
        commManager.setMessageContext(message);
        if (!request.isSilent()) {
            outputs.publish(
                    MessageType.PUBLISH_EXECUTE_INPUT,
                    new Content(Map.of("code", request.getCode(), "execution_count", count)));
        }
        interrupted = false;
        executing = outputs;
        CellResult result = run(request, message, count, outputs);
        Map<String, Object> expressions =
                result instanceof CellResult.Value ? evaluate(request.getUserExpr(), count, outputs) : Map.of();
        executing = null;
        Content reply = result.fold(
                value -> {
                    MimeBundle shown = value.shown();
                    if (shown != null && !request.isSilent()) {
                        outputs.publish(MessageType.PUBLISH_EXECUTION_RESULT, resultOf(shown, count));
                    }
                    return Content.ok(Map.of("user_expressions", expressions, "payload", List.of()));
                },
                failure -> {
                    Content error = Content.error(failure.name(), failure.message(), failure.traceback());
                    outputs.publish(MessageType.PUBLISH_ERROR, error);
                    return error;
                });
        Map<String, Object> fields = new LinkedHashMap<>(reply.fields());
        fields.put("execution_count", count);
        if (result instanceof CellResult.Failure
                && request.shouldStopOnError()
                && !request.isSilent()
                && env.getShell() instanceof RequestChannel channel) {
            // Before the reply: what the front end sends when it has read of the failure is meant to run.
            channel.abortQueued(this::abort);
        }
        outputs.reply(MessageType.EXECUTE_REPLY, new Content(fields));
    }

    private void abort(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        env.setBusyDeferIdle();
        new CellOutputs(env)
                .reply(
                        MessageType.EXECUTE_REPLY,
                        new Content(Map.of("status", "aborted", "execution_count", executionCount.get())));
    }

    /** The values of the expressions a front end wants to know beside the cell's own. */
    private Map<String, Object> evaluate(Map<String, String> expressions, int count, CellOutputs outputs) {
        Map<String, Object> values = new LinkedHashMap<>();
        expressions.forEach((name, code) -> values.put(
                name,
                session()
                        .eval(count, code, outputs, InputStream.nullInputStream(), () -> interrupted)
                        .fold(
                                DmaLabKernel::valueOf,
                                failure -> Content.error(failure.name(), failure.message(), failure.traceback())
                                        .fields())));
        return values;
    }

    private static Map<String, Object> valueOf(CellResult.Value value) {
        MimeBundle shown = value.shown();
        return Content.ok(Map.of(
                        "data", shown == null ? Map.of() : shown.data(),
                        "metadata", shown == null ? Map.of() : shown.metadata()))
                .fields();
    }

    private CellResult run(ExecuteRequest request, Message<ExecuteRequest> message, int count, CellOutputs outputs) {
        return DisplayMagics.show(request.getCode())
                .<CellResult>map(shown -> {
                    outputs.display(shown, null);
                    return new CellResult.Value(null);
                })
                .orElseGet(() -> session()
                        .eval(
                                count,
                                request.getCode(),
                                outputs,
                                new FrontEndInput(connection, message, io, request.isStdinEnabled()),
                                () -> interrupted));
    }

    private static Content resultOf(MimeBundle shown, int count) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("execution_count", count);
        fields.put("data", shown.data());
        fields.put("metadata", shown.metadata());
        return new Content(fields);
    }

    private Map<String, Object> kernelInfo() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("protocol_version", Header.PROTOCOL_VERISON);
        fields.put("implementation", "dmalab");
        fields.put("implementation_version", Version.OF_THIS);
        fields.put("language_info", getLanguageInfo());
        fields.put("banner", getBanner());
        fields.put("help_links", List.of());
        return fields;
    }

    /** The Java session, which takes longest to make: begun when the first question is answered, or when it is needed. */
    private JavaSession session() {
        openSession();
        return session.join();
    }

    private void openSession() {
        if (opening.compareAndSet(false, true)) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            session.complete(JavaSession.open(io, Imports.declarations()));
                        } catch (RuntimeException | Error e) {
                            session.completeExceptionally(e);
                        }
                    },
                    "java session");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Reached with a cell running only when code that was not woven, in a library, ends the JVM. */
    private void sayThatTheProcessEnds() {
        CellOutputs outputs = executing;
        if (outputs != null) {
            String sentence = "the cell ended the kernel's JVM; its variables are gone [restart the kernel to go on]";
            outputs.publish(MessageType.PUBLISH_ERROR, Content.error("System.exit", sentence, List.of(sentence)));
            Shutdown.letMessagesGo();
        }
    }
}
