package org.dmalab.kernel.shell;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Whether javac's parser takes a piece of Java, whatever its names mean. */
final class Syntax {
    /** The places a snippet can stand in: a statement, a member, an expression, an import. */
    private static final List<String> FRAMES = List.of(
            "class C { void m() { %s\n} }", "class C { %s\n}", "class C { Object o = %s\n; }", "%s\nclass C { }");

    private Syntax() {}

    static boolean parses(String snippet) {
        return FRAMES.stream().anyMatch(frame -> parsesAsFile(frame.replace("%s", snippet)));
    }

    private static boolean parsesAsFile(String text) {
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavacTask task =
                (JavacTask) javac.getTask(null, null, found, List.of("-proc:none"), null, List.of(new TextFile(text)));
        try {
            task.parse().forEach(unit -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.getDiagnostics().stream().noneMatch(each -> each.getKind() == Diagnostic.Kind.ERROR);
    }

    private static final class TextFile extends SimpleJavaFileObject {
        private final String text;

        TextFile(String text) {
            super(URI.create("string:///C.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
