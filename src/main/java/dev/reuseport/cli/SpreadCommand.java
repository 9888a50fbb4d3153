package dev.reuseport.cli;

import dev.reuseport.experiment.Spread;
import dev.reuseport.experiment.Steer;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Libc;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Sockaddr;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reuseport spread}. */
@Command(
        name = "spread",
        mixinStandardHelpOptions = true,
        header = "Count how the kernel spreads connections over the members of a group.",
        description = {
            "Opens the listeners, makes the connections from source ports that are all different, counts what each"
                    + " member got, and tests the counts against an even spread (chi-square).",
            ""
        },
        footer = {
            "",
            "Linux hashes addresses and ports. macOS sends TCP to one member. FreeBSD does so too, but for --lb.",
            "Exit 1 if not all connections could be made: what was counted until then is printed.",
            "Try: reuseport spread --listeners 8 --busy 2",
            "     reuseport spread --steer cpu --chart spread.svg"
        })
final class SpreadCommand implements Callable<Integer> {
    private static final int MOST_LISTENERS = 32_768;
    private static final int MOST_PROCESSES = 64;

    /** From here on it takes seconds. */
    private static final int LONG_RUN = 20_000;

    private static final int STDERR = 2;
    private static final int PROGRESS_WIDTH = 79;

    @Option(
            names = "--listeners",
            paramLabel = "N",
            defaultValue = "4",
            description = "How many members. Default: ${DEFAULT-VALUE}.")
    private int listeners;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many connections. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--mode",
            defaultValue = "native",
            description = "By which way the members listen: native, ffm or jdk. Default: ${DEFAULT-VALUE}.")
    private Mode mode;

    @Option(
            names = "--listen-addr",
            paramLabel = "ADDR",
            defaultValue = "127.0.0.1",
            description = "A loopback address. Default: ${DEFAULT-VALUE}.")
    private String address;

    @Option(names = "--processes", description = "Each member is a process: the receiver that serve starts.")
    private boolean processes;

    @Option(
            names = "--busy",
            paramLabel = "K",
            defaultValue = "0",
            description = "So many members accept nothing while it runs. Default: ${DEFAULT-VALUE}.")
    private int busy;

    @Option(
            names = "--steer",
            paramLabel = "N|cpu|random",
            converter = Steering.class,
            description = "A classic BPF program chooses: always member N, by CPU, at random. Linux, not with jdk.")
    private Steer steer;

    @Option(
            names = "--lb",
            description = "Set SO_REUSEPORT_LB instead of SO_REUSEPORT (FreeBSD). Not with --processes.")
    private boolean loadBalanced;

    @Option(names = "--chart", paramLabel = "FILE", description = "Draw the counts: FILE.svg or FILE.png.")
    private Path chart;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "60s",
            converter = Seconds.class,
            description = "How long all connections together may take. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(names = "--format", defaultValue = "text", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Arguments.range(spec, "--listeners", listeners, 1, processes ? MOST_PROCESSES : MOST_LISTENERS);
        Arguments.range(spec, "--connections", connections, 1, Integer.MAX_VALUE);
        Arguments.range(spec, "--busy", busy, 0, listeners);
        if (loadBalanced && processes) {
            throw Arguments.wrong(spec, "--lb is not for --processes: serve has no option that sets SO_REUSEPORT_LB");
        }
        Sockaddr loopback = Arguments.loopback(spec, address);
        if (chart != null && !SpreadChart.draws(chart)) {
            throw Arguments.wrong(spec, "--chart takes a file that ends in .svg or .png, not '" + chart + "'");
        }
        if (steer != null && mode == Mode.JDK) {
            throw new NotPossibleException("the JDK has no SO_ATTACH_REUSEPORT_CBPF, so --steer needs --mode native");
        }
        Spread.Settings settings = new Spread.Settings(
                mode,
                loopback,
                listeners,
                connections,
                processes,
                busy,
                Optional.ofNullable(steer),
                loadBalanced,
                timeout,
                DemoCommand.ownCommand());
        Spread.Result result = run(settings);
        if (format == Format.JSON) {
            Json.print(spec.commandLine().getOut(), SpreadJson.of(result));
        } else {
            SpreadText.print(spec.commandLine().getOut(), result);
        }
        if (chart != null) {
            SpreadChart.write(result, chart);
        }
        result.endedEarly()
                .ifPresent(why -> spec.commandLine()
                        .getErr()
                        .println("reuseport spread: ended after " + result.made() + " of " + connections
                                + " connections: " + why));
        return result.endedEarly().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private Spread.Result run(Spread.Settings settings) throws IOException, InterruptedException {
        if (connections < LONG_RUN || !Libc.isatty(STDERR)) {
            return new Spread(settings, made -> {}).run();
        }
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("connections")
                .setInitialMax(connections)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, PROGRESS_WIDTH))
                .build()) {
            return new Spread(settings, bar::stepTo).run();
        }
    }
}
