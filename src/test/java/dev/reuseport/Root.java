package dev.reuseport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What root may do, and root in a container perhaps not. */
public final class Root {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** Linux's, by their bits (linux/capability.h). Elsewhere root has them all. */
    public enum Capability {
        CAP_CHOWN(0),
        CAP_SETGID(6),
        CAP_SETUID(7),
        CAP_NET_ADMIN(12);

        private final int bit;

        Capability(int bit) {
            this.bit = bit;
        }
    }

    private Root() {}

    /** Skips the test where this is not root, or root without one of these. */
    public static void assume(String why, Capability... needed) throws IOException {
        assumeTrue(new JnrSyscalls().geteuid() == 0, why + " needs root");
        if (Files.isReadable(STATUS)) {
            String found = Files.readString(STATUS)
                    .lines()
                    .filter(line -> line.startsWith("CapEff:\t"))
                    .findFirst()
                    .orElseThrow();
            long effective = Long.parseUnsignedLong(found.substring(found.indexOf('\t') + 1), 16);
            for (Capability each : needed) {
                assumeTrue((effective >>> each.bit & 1) != 0, why + " needs " + each);
            }
        }
    }
}
