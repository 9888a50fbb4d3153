package dev.reuseport.experiment.group;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A process of this program's own, whose lines are kept as they come. Whoever starts one closes it; should this JVM be
 * told to end first, a shutdown hook does; and should it be killed, the child finds its stdin at the end: see
 * {@link Parent}.
 */
public final class Child implements Closeable {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Set<String> SERVICE_MANAGER =
            Set.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET");

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private final Thread hook;
    private boolean ended;

    /**
     * Starts {@code command}; each line of its stdout and stderr goes to {@code onLine} too.
     *
     * @param command ends with what {@link OwnProgram#starting} gives
     */
    public Child(List<String> command, Consumer<String> onLine) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // What a service manager says to this process is not said to its children.
        builder.environment().keySet().removeAll(SERVICE_MANAGER);
        process = builder.start();
        hook = new Thread(process::destroyForcibly, "end pid " + process.pid());
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            process.destroyForcibly();
            throw new IOException("this program is ending", e);
        }
        reader = new Thread(() -> read(onLine), "lines of pid " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private void read(Consumer<String> onLine) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                onLine.accept(line);
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            onLine.accept("(its output broke off: " + e.getMessage() + ")");
        } finally {
            synchronized (lines) {
                ended = true;
                lines.notifyAll();
            }
        }
    }

    /** Returns the number of the process. */
    public long pid() {
        return process.pid();
    }

    /** Returns the lines so far. */
    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Waits until a line is printed; false if the process ended or the time passed without it. */
    public boolean awaitLine(Predicate<String> wanted, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (lines) {
            while (lines.stream().noneMatch(wanted)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (ended || left <= 0) {
                    return false;
                }
                lines.wait(left);
            }
            return true;
        }
    }

    /** Lets a receiver that was started as a busy one accept. */
    void release() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            // Its stdin is closed when it has ended, which its exit status tells.
        }
    }

    /** Returns the exit status if it has ended. */
    OptionalInt exitStatus() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /** Waits for the end and returns the exit status; -1 if it does not end in time. */
    public int awaitExit(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            return -1;
        }
        reader.join(timeout.toMillis());
        return process.exitValue();
    }

    /** Asks it to end, waits, and ends it. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (awaitExit(GRACE) < 0) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is going down, and the hook runs: that is what it is for
        }
    }
}
