package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.receiver.Receiver;
import dev.reuseport.receiver.Sender;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.JffiLibrary;
import dev.reuseport.sys.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code reuseport rehearse}: for the launcher, which has a JVM write down what was loaded here and shows that to later
 * ones.
 */
final class RehearseCommand extends Command {
    static final String NAME = "rehearse";

    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Not {@code --mode ffm}, nor what opens sockets that way too: every start would pay for the classes of the few that do. */
    private static final List<List<String>> COMMANDS = List.of(
            List.of("inspect", "SO_REUSEADDR", "SO_REUSEPORT"),
            List.of("inspect", "--format", "json", "--set", "SO_REUSEPORT=1"),
            List.of("inspect", "--mode", "jdk", "SO_RCVBUF"),
            List.of("serve", "--help"),
            List.of("send", "--help"));

    private final Supplier<Path> folder = argument(
            Path.class, PositionalParamSpec.builder().paramLabel("FOLDER").description("Where jffi's library goes."));

    private final BiConsumer<List<String>, PrintWriter> run;

    /** {@code run} runs another command of this program, and prints all it says to one writer. */
    RehearseCommand(BiConsumer<List<String>, PrintWriter> run) {
        super(NAME, "Do once, and in silence, what the commands do, and lay out jffi's library for the next start.");
        this.run = run;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        JffiLibrary.layOut(folder.get());
        PrintWriter nowhere = new PrintWriter(OutputStream.nullOutputStream());
        for (List<String> command : COMMANDS) {
            run.accept(command, nowhere);
        }
        Terminal.size(Terminal.STDOUT);
        serveOne(Mode.NATIVE);
        serveOne(Mode.JDK);
        return ExitCode.OK;
    }

    private static void serveOne(Mode mode) throws IOException, InterruptedException {
        Receiver receiver = new Receiver(
                new Receiver.Settings(mode, LOOPBACK, true, 1, PATIENCE), 0, OutputStream.nullOutputStream());
        receiver.open();
        Thread serving = new Thread(() -> {
            try {
                receiver.run();
            } catch (IOException e) {
                // nobody looks
            }
        });
        serving.start();
        try {
            new Sender(receiver.localAddress().toInetSocketAddress(), PATIENCE).send(new byte[] {'\n'});
        } finally {
            receiver.stop();
            serving.join();
        }
    }
}
