package dev.reuseport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;

/** The packaged program as a user without any privilege. */
public final class Nobody {
    /** The user's number. */
    public static final int UID = 65_534;

    private static final String SETPRIV = "/usr/bin/setpriv";

    private Nobody() {}

    /** Starts {@code target/reuseport}; the test is skipped where that is not possible. */
    public static Launched launched(String... arguments) throws IOException {
        Root.assume("changing the user", Root.Capability.CAP_SETUID, Root.Capability.CAP_SETGID);
        assumeTrue(new File(SETPRIV).canExecute(), "setpriv is not installed");
        for (Path path = Launched.launcher(); path != null; path = path.getParent()) {
            assumeTrue(
                    Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE),
                    path + " is closed to other users");
        }
        List<String> command = new ArrayList<>(List.of(
                SETPRIV,
                "--reuid=" + UID,
                "--regid=" + UID,
                "--clear-groups",
                "--inh-caps=-all",
                Launched.launcher().toString()));
        command.addAll(List.of(arguments));
        return new Launched(new ProcessBuilder(command).directory(new File("/")));
    }
}
