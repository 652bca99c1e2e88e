package org.dmalab.kernel.shell;

import java.util.ArrayList;
import java.util.List;

/** What every notebook has imported when its first cell runs. */
public final class Imports {
    private static final String ENGINE = "org.dmalab.engine";

    private static final List<String> JAVA =
            List.of("java.util", "java.util.function", "java.util.stream", "java.nio.file", "java.math");

    private static final List<String> PACKAGES = List.of(
            ENGINE,
            ENGINE + ".base",
            ENGINE + ".trace",
            ENGINE + ".cost",
            ENGINE + ".memory",
            ENGINE + ".cache",
            ENGINE + ".pagetable",
            ENGINE + ".cpu",
            ENGINE + ".iommu",
            ENGINE + ".iova",
            ENGINE + ".dma",
            ENGINE + ".arm",
            ENGINE + ".dmabuf",
            ENGINE + ".drivers",
            ENGINE + ".experiment",
            ENGINE + ".replay",
            "org.dmalab.kernel.display");

    private static final List<String> STATICS = List.of(
            ENGINE + ".base.DmaAttribute",
            ENGINE + ".base.DmaDirection",
            ENGINE + ".base.Bytes",
            "org.dmalab.kernel.lab.Lab");

    private Imports() {}

    /** The import declarations, of what is on the class path. */
    public static List<String> declarations() {
        List<String> imports = new ArrayList<>();
        JAVA.forEach(each -> imports.add("import " + each + ".*;"));
        PACKAGES.stream()
                .filter(each -> exists(each + ".package-info"))
                .forEach(each -> imports.add("import " + each + ".*;"));
        STATICS.stream().filter(Imports::exists).forEach(each -> imports.add("import static " + each + ".*;"));
        return imports;
    }

    private static boolean exists(String className) {
        return Imports.class.getClassLoader().getResource(className.replace('.', '/') + ".class") != null;
    }
}
