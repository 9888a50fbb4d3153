package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The packaged program, started through its launcher; its lines are kept as they come. */
public final class Launched implements AutoCloseable {
    private static final Path LAUNCHER = Path.of("target", "reuseport").toAbsolutePath();
    private static final long PATIENCE_SECONDS = 120;

    private final Process process;
    private final List<String> out = new ArrayList<>();
    private final List<String> err = new ArrayList<>();
    private final Thread outReader;
    private final Thread errReader;

    /** Starts {@code target/reuseport} with these arguments. */
    public Launched(String... arguments) throws IOException {
        this(new ProcessBuilder(Stream.concat(Stream.of(LAUNCHER.toString()), Stream.of(arguments))
                .toList()));
    }

    /** Starts what {@code builder} says. */
    public Launched(ProcessBuilder builder) throws IOException {
        process = builder.start();
        process.getOutputStream().close();
        outReader = reader(process.getInputStream(), out);
        errReader = reader(process.getErrorStream(), err);
    }

    /** Returns the launcher's path. */
    public static Path launcher() {
        return LAUNCHER;
    }

    private static Thread reader(InputStream from, List<String> into) {
        Thread thread = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    synchronized (into) {
                        into.add(line);
                        into.notifyAll();
                    }
                }
            } catch (IOException e) {
                synchronized (into) {
                    into.add("(broken off: " + e.getMessage() + ")");
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    public long pid() {
        return process.pid();
    }

    public Process process() {
        return process;
    }

    /** Returns stdout so far. */
    public List<String> out() {
        synchronized (out) {
            return List.copyOf(out);
        }
    }

    /** Returns stderr so far. */
    public List<String> err() {
        synchronized (err) {
            return List.copyOf(err);
        }
    }

    /** Waits for a line on stderr and returns it. */
    public String awaitErr(Predicate<String> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (err) {
            while (true) {
                for (String line : err) {
                    if (wanted.test(line)) {
                        return line;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || (!process.isAlive() && !errReader.isAlive())) {
                    return fail("the line did not come; stderr: " + err);
                }
                err.wait(Math.min(left, 200));
            }
        }
    }

    /** Waits for a receiver to listen and returns its port. */
    public int awaitPort() throws InterruptedException {
        String line = awaitErr(text -> text.contains("Listening sockname="));
        String[] parts =
                line.substring(line.indexOf('(') + 1, line.length() - 1).split(", ");
        return Integer.parseInt(parts[1]);
    }

    /** Waits for the end and returns the exit status. */
    public int awaitExit() throws InterruptedException {
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> "still running; stderr: " + err());
        outReader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        errReader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        return process.exitValue();
    }

    /** Ends it at once if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
