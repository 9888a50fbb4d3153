package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.function.ThrowingSupplier;

/** The open descriptors of this JVM, in which other tests' threads and the collector open and close some of their own. */
public final class Descriptors {
    private static final Path OWN = Path.of("/proc/self/fd");
    private static final int ATTEMPTS = 5;

    private Descriptors() {}

    /** Runs the work until no descriptor is new after it: what leaves one does so each time. */
    public static void assertNoneLeftBy(ThrowingSupplier<?> work) throws IOException {
        Set<String> left = Set.of();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Set<String> before = open();
            try {
                work.get();
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            left = open();
            left.removeAll(before);
            if (left.isEmpty()) {
                return;
            }
        }
        assertEquals(Set.of(), left, "descriptors left open");
    }

    private static Set<String> open() throws IOException {
        Set<String> links = new HashSet<>();
        for (File descriptor : OWN.toFile().listFiles()) {
            try {
                links.add(descriptor.getName() + " " + Files.readSymbolicLink(descriptor.toPath()));
            } catch (IOException e) {
                // the descriptor of the listing itself, or one closed meanwhile
            }
        }
        return links;
    }
}
