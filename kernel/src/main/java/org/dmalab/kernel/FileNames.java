package org.dmalab.kernel;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** File names as they stand in arguments and environment variables, which a locale may be too small for. */
final class FileNames {
    private FileNames() {}

    static Path path(String name) throws UsageException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw refused(e);
        }
    }

    /** Why a name is none here. */
    static UsageException refused(InvalidPathException e) {
        String name = e.getInput();
        String encoding = System.getProperty("sun.jnu.encoding", "");
        boolean ascii = name.chars().allMatch(each -> each < 0x80);
        if (ascii || isUtf8(encoding)) {
            return new UsageException("not a file name: " + name);
        }
        return new UsageException("this locale cannot express the file name " + name + " [encoding=" + encoding
                + "]; set LC_ALL=C.UTF-8 and run the command again");
    }

    private static boolean isUtf8(String encoding) {
        return Charset.isSupported(encoding) && Charset.forName(encoding).equals(StandardCharsets.UTF_8);
    }
}
