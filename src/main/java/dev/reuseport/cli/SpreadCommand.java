package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.cli.value.Steering;
import dev.reuseport.experiment.DatagramSpreadCount;
import dev.reuseport.experiment.RunningSpread;
import dev.reuseport.experiment.Spread;
import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.SpreadPlan;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.print.Progress;
import dev.reuseport.print.group.DatagramSpreadAnswer;
import dev.reuseport.print.group.RunningSpreadAnswer;
import dev.reuseport.print.group.SpreadAnswer;
import dev.reuseport.print.group.SpreadChart;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;

/** {@code reuseport spread}. */
final class SpreadCommand extends Command {
    private static final int MOST_LISTENERS = 32_768;
    private static final int MOST_PROCESSES = 64;

    /** From here on it takes seconds. */
    private static final int LONG_RUN = 20_000;

    private static final int MOST_PER_SECOND = 20_000;

    private final Supplier<Integer> listeners =
            number("--listeners", 4, "How many members. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Integer> connections =
            number("--connections", 10_000, "How many connections. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Mode> mode = mode("By which way the members listen. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> address = loopback();

    private final Supplier<Boolean> processes =
            flag("--processes", "Each member is a process: the receiver that serve starts.");

    private final Supplier<Integer> busy = option(
            int.class, "--busy", "K", "0", "So many members accept nothing while it runs. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Steer> steer = option(
            Steer.class,
            "N|cpu|random",
            OptionSpec.builder("--steer")
                    .converters(new Steering())
                    .description(
                            "A classic BPF program chooses: always member N, by CPU, at random. Linux, not with jdk."));

    private final Supplier<Boolean> loadBalanced =
            flag("--lb", "Set SO_REUSEPORT_LB instead of SO_REUSEPORT (FreeBSD). Not with --processes.");

    private final Supplier<String> on = option(
            String.class,
            "--on",
            "ADDR:PORT",
            null,
            "Connect to a server that runs already on this host, and open none.");

    private final Supplier<Integer> rate =
            number("--rate", 2000, "With --on: connections per second, at most. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> message = option(
            String.class,
            "--send",
            "TEXT",
            "",
            "With --on: what to send on each connection; \\r and \\n are read as in Java.");
    private final DatagramOptions datagrams = new DatagramOptions(this);

    private final Supplier<Path> chart =
            option(Path.class, "--chart", "FILE", null, "Draw the counts: FILE.svg or FILE.png.");

    private final Supplier<Duration> timeout =
            time("--timeout", "60s", "How long all connections together may take. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Format> format = format();

    SpreadCommand() {
        super("spread", "Count how the kernel spreads connections over the members of a group.");
        spec.usageMessage()
                .description(
                        "Opens the listeners, makes the connections from source ports that are all different, counts"
                                + " what each member got, and tests the counts against an even spread (chi-square).",
                        "")
                .footer(
                        "",
                        "Linux hashes addresses and ports. macOS sends TCP to one member. FreeBSD does so too, but for"
                                + " --lb.",
                        "With --on the server's end of each connection is found in the kernel's tables, and who has it:"
                                + " the server need not say. Linux.",
                        "Exit 1 if not all connections could be made or a datagram was lost: what was counted until then"
                                + " is printed. 3 if it cannot be seen who got any.",
                        "Try: reuseport spread --listeners 8 --busy 2",
                        "     reuseport spread --steer cpu --chart spread.svg",
                        "     reuseport spread --on 127.0.0.1:80 --connections 1000",
                        "     reuseport spread --protocol udp --datagrams 3");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (chart.get() != null && !SpreadChart.draws(chart.get())) {
            throw Arguments.wrong(spec, "--chart takes a file that ends in .svg or .png, not '" + chart.get() + "'");
        }
        if (on.get() != null) {
            return callOn();
        }
        Arguments.refuse(spec, "goes with --on alone", "--rate", "--send");
        if (datagrams.udp()) {
            return spreadDatagrams();
        }
        Arguments.range(spec, "--listeners", listeners.get(), 1, processes.get() ? MOST_PROCESSES : MOST_LISTENERS);
        Arguments.range(spec, "--connections", connections.get(), 1, Integer.MAX_VALUE);
        Arguments.range(spec, "--busy", busy.get(), 0, listeners.get());
        if (loadBalanced.get() && processes.get()) {
            throw Arguments.wrong(spec, "--lb is not for --processes: serve has no option that sets SO_REUSEPORT_LB");
        }
        Sockaddr loopback = Arguments.loopback(spec, address.get());
        refuseSteeringByJdk();
        if (processes.get()) {
            Ipv6Hint.need(withoutIpv6());
        }
        SpreadPlan settings = new SpreadPlan(
                mode.get(),
                loopback,
                listeners.get(),
                connections.get(),
                processes.get(),
                busy.get(),
                Optional.ofNullable(steer.get()),
                loadBalanced.get(),
                timeout.get(),
                ownProgram());
        SpreadCount result = run(settings);
        report(new SpreadAnswer(result), format);
        if (chart.get() != null) {
            SpreadChart.write(result, chart.get());
        }
        result.endedEarly()
                .ifPresent(why ->
                        warn("ended after " + result.made() + " of " + connections.get() + " connections: " + why));
        return result.endedEarly().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private void refuseSteeringByJdk() throws NotPossibleException {
        if (steer.get() != null && mode.get() == Mode.JDK) {
            throw new NotPossibleException("the JDK has no SO_ATTACH_REUSEPORT_CBPF, so --steer needs --mode native");
        }
    }

    private Integer spreadDatagrams() throws IOException {
        refuseSteeringByJdk();
        DatagramSpreadCount result = datagrams.spread(
                mode.get(),
                address.get(),
                listeners.get(),
                busy.get(),
                Optional.ofNullable(steer.get()),
                loadBalanced.get(),
                timeout.get());
        report(new DatagramSpreadAnswer(result), format);
        if (chart.get() != null) {
            SpreadChart.write(result, chart.get());
        }
        result.endedEarly().ifPresent(why -> warn("ended after " + result.sent() + " datagrams: " + why));
        if (result.heard() == 0 && result.lost() > 0) {
            warn("no member of " + result.address() + " got a datagram");
        }
        return result.endedEarly().isEmpty() && (result.lost() == 0 || busy.get() > 0)
                ? ExitCode.OK
                : ExitCode.SOFTWARE;
    }

    @Override
    Optional<String> withoutIpv6() {
        return Ipv6Hint.ipv4For(Arguments.address(spec, address.get(), 0)).map(four -> "--listen-addr " + four);
    }

    private int callOn() throws IOException, InterruptedException {
        Arguments.refuse(
                spec,
                "is for listeners that spread opens, not for those of --on",
                "--listeners",
                "--mode",
                "--listen-addr",
                "--processes",
                "--busy",
                "--steer",
                "--lb",
                "--protocol",
                "--sources",
                "--datagrams",
                "--flag",
                "--connected");
        Arguments.range(spec, "--connections", connections.get(), 1, Integer.MAX_VALUE);
        Arguments.range(spec, "--rate", rate.get(), 1, MOST_PER_SECOND);
        Syscalls syscalls = Binding.JNR.load();
        RunningSpread.Plan plan = new RunningSpread.Plan(
                Arguments.ofThisHost(spec, syscalls, on.get()),
                connections.get(),
                rate.get(),
                Arguments.escaped(spec, "--send", message.get()),
                timeout.get());
        RunningSpread.Count result;
        try (Progress progress = progress()) {
            RunningSpread spread = new RunningSpread(syscalls, Proc.ofHost(), plan, counting(progress));
            warn(intention(plan, spread));
            result = spread.run();
        }
        report(new RunningSpreadAnswer(result), format);
        if (chart.get() != null) {
            SpreadChart.write(result, chart.get());
        }
        result.endedEarly()
                .ifPresent(why ->
                        warn("ended after " + result.made() + " of " + connections.get() + " connections: " + why));
        if (result.endedEarly().isPresent()) {
            return ExitCode.SOFTWARE;
        }
        return result.attributed() == 0 ? NOT_POSSIBLE : ExitCode.OK;
    }

    /** What is going to happen to somebody's server. */
    private static String intention(RunningSpread.Plan plan, RunningSpread spread) {
        List<RunningProcess> processes = spread.members();
        String who = processes.size() == 1
                ? processes.get(0).toString()
                : processes.isEmpty() ? "a process that cannot be seen" : processes.size() + " processes";
        int bytes = plan.message().length;
        return "makes " + plan.connections() + " connections to " + spread.target() + " (" + who + "), at most "
                + plan.rate() + " a second, "
                + (bytes == 0 ? "sends nothing" : "sends " + bytes + " bytes on each")
                + " and closes each when it is known who has it";
    }

    private SpreadCount run(SpreadPlan settings) throws IOException, InterruptedException {
        try (Progress progress = progress()) {
            return new Spread(settings, counting(progress)).run();
        }
    }

    private Progress progress() {
        return new Progress(err(), connections.get() >= LONG_RUN);
    }

    private IntConsumer counting(Progress progress) {
        return made -> progress.show(made + " of " + connections.get() + " connections");
    }
}
