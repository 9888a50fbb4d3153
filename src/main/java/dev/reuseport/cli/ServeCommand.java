package dev.reuseport.cli;

import dev.reuseport.receiver.Receiver;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.sys.NotPossibleException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reuseport serve}. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        header = "Run the article's receiver on one address.",
        description = {
            "Sets SO_REUSEADDR and SO_REUSEPORT, prints what getsockopt says of them, binds, listens, and answers each"
                    + " connection with the line that it logs. Start it twice: both receive.",
            ""
        },
        footer = {
            "",
            "The lines go to stderr. SIGTERM and SIGINT: what is already queued is answered first (exit 143, 130).",
            "When bind fails, the last line is OSError: [Errno N] with the system's own words, or the JDK's exception;"
                    + " exit 1.",
            "Try: reuseport serve --listen-addr 127.0.0.1 --listen-port 8080 --mode jdk"
        })
final class ServeCommand implements Callable<Integer> {
    /** How long a signal waits for the receiver to finish what is queued. */
    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(20);

    @Option(
            names = "--mode",
            defaultValue = "native",
            description =
                    "native: libc's calls through jnr-ffi. ffm: the same through java.lang.foreign (Java 22). jdk:"
                            + " ServerSocketChannel. Default: ${DEFAULT-VALUE}.")
    private Mode mode;

    @Option(
            names = "--listen-addr",
            paramLabel = "ADDR",
            defaultValue = "::1",
            description = "IPv6, IPv4 or a name; fe80::1%%eth0 too. Default: ${DEFAULT-VALUE}.")
    private String address;

    @Option(
            names = "--listen-port",
            paramLabel = "PORT",
            defaultValue = "60001",
            description = "0 lets the kernel choose. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--without-reuseport", description = "Do not set SO_REUSEPORT.")
    private boolean withoutReuseport;

    @Option(
            names = "--backlog",
            paramLabel = "N",
            defaultValue = "1",
            description = "As listen(2) takes it. Default: ${DEFAULT-VALUE}, the article's.")
    private int backlog;

    @Option(
            names = "--receive-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = Seconds.class,
            description = "How long a client may take to send, and to read its reply. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Receiver.Settings settings = new Receiver.Settings(
                mode, Arguments.address(spec, address, port), !withoutReuseport, backlog, timeout);
        Receiver receiver =
                new Receiver(settings, ProcessHandle.current().pid(), new FileOutputStream(FileDescriptor.err));
        CountDownLatch ended = new CountDownLatch(1);
        // A hook keeps the exit status that the signal gives, 143 or 130. It must be there before anybody can connect.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> sayGoodbye(receiver, ended), "goodbye"));
        try {
            receiver.open();
            receiver.run();
            return ExitCode.OK;
        } catch (NotDefinedException | NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            spec.commandLine().getErr().println(Receiver.lastWords(e));
            return ExitCode.SOFTWARE;
        } finally {
            ended.countDown();
        }
    }

    private static void sayGoodbye(Receiver receiver, CountDownLatch ended) {
        receiver.stop();
        try {
            if (!ended.await(LONGEST_GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("reuseport serve: connections were still queued after " + LONGEST_GOODBYE.toSeconds()
                        + " seconds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
