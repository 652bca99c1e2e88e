package org.dmalab.kernel.shell;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Puts {@link StopCheck} at the entry of every method of a cell's class and before every backward jump, and in the place
 * of {@code System.exit}.
 *
 * <p>The check takes and leaves nothing on the operand stack, so that frames and stack sizes stay as javac computed them.
 */
final class Weaver {
    private static final String CHECK = StopCheck.class.getName().replace('.', '/');

    private Weaver() {}

    static byte[] weave(byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        try {
            FirstLines lines = new FirstLines();
            reader.accept(lines, ClassReader.SKIP_FRAMES);
            reader.accept(new Classes(writer, lines.firstLines), 0);
            return writer.toByteArray();
        } catch (MethodTooLargeException e) {
            // JVMS 4.7.3: code_length < 65536. The method fits without the checks; it runs and cannot be stopped.
            return classFile;
        }
    }

    /** The line of each method's first instruction, by name and descriptor. */
    private static final class FirstLines extends ClassVisitor {
        final Map<String, Integer> firstLines = new HashMap<>();

        FirstLines() {
            super(Opcodes.ASM9);
        }

        @Override
        public MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitLineNumber(int line, Label start) {
                    firstLines.putIfAbsent(name + descriptor, line);
                }
            };
        }
    }

    private static final class Classes extends ClassVisitor {
        private final Map<String, Integer> firstLines;

        Classes(ClassVisitor next, Map<String, Integer> firstLines) {
            super(Opcodes.ASM9, next);
            this.firstLines = firstLines;
        }

        @Override
        public MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            return new Methods(
                    super.visitMethod(access, name, descriptor, signature, exceptions),
                    firstLines.getOrDefault(name + descriptor, 0));
        }
    }

    private static final class Methods extends MethodVisitor {
        private final Set<Label> passed = new HashSet<>();
        private final int line;

        Methods(MethodVisitor next, int line) {
            super(Opcodes.ASM9, next);
            this.line = line;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (line > 0) {
                // A trace through the check shall say where it is.
                Label entry = new Label();
                super.visitLabel(entry);
                super.visitLineNumber(line, entry);
            }
            check();
        }

        @Override
        public void visitLabel(Label label) {
            passed.add(label);
            super.visitLabel(label);
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
            if (passed.contains(label)) {
                check();
            }
            super.visitJumpInsn(opcode, label);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            if (owner.equals("java/lang/System") && name.equals("exit")) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, CHECK, "exit", "(I)V", false);
            } else if (owner.equals("java/lang/Runtime") && (name.equals("exit") || name.equals("halt"))) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, CHECK, "exit", "(Ljava/lang/Runtime;I)V", false);
            } else {
                super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            }
        }

        private void check() {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, CHECK, "check", "()V", false);
        }
    }
}
