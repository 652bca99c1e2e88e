package org.dmalab.kernel.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Who may read a file that takes another's place: temporary files are private, notebooks are not. */
final class Permissions {
    private static final Set<PosixFilePermission> ORDINARY = EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OTHERS_READ);

    private Permissions() {}

    /** Gives {@code to} the permissions of {@code from}, or those of an ordinary file where that does not exist yet. */
    static void copy(Path from, Path to) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (view != null) {
            view.setPermissions(Files.exists(from) ? Files.getPosixFilePermissions(from) : ORDINARY);
        }
    }
}
