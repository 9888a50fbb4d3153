package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.DatagramRestartCount;
import dev.reuseport.experiment.Restart;
import dev.reuseport.experiment.RestartCount;
import dev.reuseport.experiment.RestartOn;
import dev.reuseport.experiment.RestartOnCount;
import dev.reuseport.experiment.RestartOnPlan;
import dev.reuseport.experiment.RestartPlan;
import dev.reuseport.experiment.group.Destination;
import dev.reuseport.experiment.group.Serving;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.option.Codec;
import dev.reuseport.print.group.DatagramRestartAnswer;
import dev.reuseport.print.group.RestartAnswer;
import dev.reuseport.print.group.RestartOnAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/** {@code reuseport restart}. */
final class RestartCommand extends Command {
    private static final int MOST_LISTENERS = 64;
    private static final int MOST_QUEUED = 100_000;
    private static final int MOST_PER_SECOND = 20_000;
    private static final int STEADY = 1000;
    private static final int GENTLE = 100;
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Reads a strategy. */
    static final class Strategies implements ITypeConverter<Strategy> {
        @Override
        public Strategy convert(String text) {
            for (Strategy strategy : Strategy.values()) {
                if (strategy.toString().equals(text)) {
                    return strategy;
                }
            }
            throw new TypeConversionException("'" + text + "' is not close, drain, steer-drain or filter-drain");
        }
    }

    private final Supplier<Integer> listeners =
            number("--listeners", 2, "How many members. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Integer> queued =
            number("--queued", 200, "How many connections wait on all members together. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Strategy> strategy = option(
            Strategy.class,
            "close|drain|steer-drain|filter-drain",
            OptionSpec.builder("--strategy")
                    .defaultValue("close")
                    .converters(new Strategies())
                    .description("How a member leaves. Default: ${DEFAULT-VALUE}."));

    private final Supplier<Boolean> rolling =
            flag("--rolling", "Replace every member in turn under a steady stream of clients.");

    private final Supplier<Duration> duration = time(
            "--duration",
            "3s",
            "With --rolling: how long the stream lasts; with --on: how long it lasts before COMMAND, and again after"
                    + " it. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Integer> rate = option(
            Integer.class,
            "--rate",
            "N",
            null,
            "With --rolling or --on: connections per second. Default: 1000, with --on 100.");

    private final Supplier<Mode> mode = mode("By which way the members listen. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> address = loopback();

    private final FlowOptions flows = new FlowOptions(this);

    private final Supplier<Duration> timeout =
            time("--timeout", "10s", "How long a client waits for its answer. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> on = option(
            String.class,
            "--on",
            "ADDR:PORT",
            null,
            "A server that runs on this host: run COMMAND under a stream of connections to it.");

    private final Supplier<String> message = option(
            String.class,
            "--send",
            "TEXT",
            null,
            "With --on: what to send on each connection; \\r and \\n are read as in Java.");

    private final Supplier<Boolean> chart =
            flag("--chart", "With --on: draw the stream over time, with the start and end of COMMAND.");

    private final Supplier<List<String>> command = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .index("0..*")
                    .paramLabel("-- COMMAND...")
                    .hideParamSyntax(true)
                    .description("With --on: what restarts the server. It is run as it stands, without a shell."));

    private final Supplier<Format> format = format();

    RestartCommand() {
        super("restart", "Count the connections that are lost when a member leaves its group.");
        spec.usageMessage()
                .description(
                        "Queues connections on a group that does not accept, lets the first member leave, lets the"
                                + " others answer, and counts. With --rolling, replaces every member in turn under a"
                                + " stream of clients. With --protocol udp, counts the flows (what one source sends)"
                                + " that move to another member, and the datagrams that are lost.",
                        "",
                        "With --on it opens no listener: it runs COMMAND under a steady stream of connections to a server"
                                + " that runs, and says what became of each of them before, during and after it. With"
                                + " --send a connection is answered when something comes back, and no reset behind it;"
                                + " without, it ends its own direction, and is answered when the server says something or"
                                + " ends it in order. All else is lost: refused, reset, without an answer in --timeout."
                                + " What COMMAND prints goes to stderr.",
                        "")
                .footer(
                        "",
                        "Strategies: close just closes. drain accepts what is queued first. steer-drain has a program"
                                + " on the group choose the others meanwhile. filter-drain has the member's own socket"
                                + " drop new SYNs, which their clients repeat a second later, by a program, or by"
                                + " IP_MINTTL where that takes CAP_NET_ADMIN (kernels of 2026 or newer); serve stops"
                                + " that way. The last two take Linux and a native mode.",
                        "With --on: exit 1 if a connection was lost, or COMMAND failed.",
                        "Try: reuseport restart --strategy close",
                        "     reuseport restart --strategy steer-drain --rolling --rate 2000",
                        "     reuseport restart --on 127.0.0.1:80 --chart -- nginx -s reload",
                        "     reuseport restart --protocol udp --listeners 4 --strategy drain");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        int perSecond = rate.get() != null ? rate.get() : on.get() != null ? GENTLE : STEADY;
        Arguments.range(spec, "--rate", perSecond, 1, MOST_PER_SECOND);
        if (on.get() != null) {
            Arguments.refuse(
                    spec,
                    "is for listeners that restart opens, not for those of --on",
                    "--listeners",
                    "--queued",
                    "--strategy",
                    "--rolling",
                    "--mode",
                    "--listen-addr",
                    "--sources",
                    "--leaver",
                    "--join",
                    "--protocol");
            return onServer(perSecond);
        }
        Arguments.refuse(spec, "goes with --on alone", "--send", "--chart");
        if (!command.get().isEmpty()) {
            throw Arguments.wrong(
                    spec, "a command is for --on only, not '" + command.get().get(0) + "'");
        }
        Arguments.range(spec, "--listeners", listeners.get(), 2, MOST_LISTENERS);
        Arguments.range(spec, "--queued", queued.get(), 1, MOST_QUEUED);
        Sockaddr loopback = Arguments.loopback(spec, address.get());
        if (strategy.get().attachesProgram()
                && (mode.get() == Mode.JDK || !Abi.host().platform().linux())) {
            throw new NotPossibleException(
                    strategy.get() + " attaches a classic BPF program, which takes Linux and --mode native");
        }
        if (flows.udp()) {
            DatagramRestartCount result =
                    flows.restart(mode.get(), loopback, listeners.get(), queued.get(), strategy.get(), timeout.get());
            report(new DatagramRestartAnswer(result), format);
            result.endedEarly().ifPresent(why -> warn("with " + result.flows() + " sources: " + why));
            return result.endedEarly().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
        }
        Optional<RestartPlan.Stream> stream =
                rolling.get() ? Optional.of(new RestartPlan.Stream(duration.get(), perSecond)) : Optional.empty();
        RestartCount result = new Restart(new RestartPlan(
                        mode.get(), loopback, listeners.get(), queued.get(), strategy.get(), stream, timeout.get()))
                .run();
        report(new RestartAnswer(result), format);
        result.endedEarly().ifPresent(why -> warn("ended after " + result.queued() + " connections: " + why));
        return result.endedEarly().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private int onServer(int perSecond) throws IOException, InterruptedException {
        if (command.get().isEmpty()) {
            throw Arguments.wrong(spec, "--on takes a command to run: -- nginx -s reload");
        }
        byte[] sends = message.get() == null ? new byte[0] : Arguments.escaped(spec, "--send", message.get());
        if (message.get() != null && sends.length == 0) {
            throw Arguments.wrong(spec, "--send is more than nothing: without it nothing is sent");
        }
        if (duration.get().compareTo(LONGEST) > 0) {
            throw Arguments.wrong(spec, "--duration is " + LONGEST.toMinutes() + "m at most with --on");
        }
        Syscalls syscalls = Binding.JNR.load();
        Sockaddr target = Destination.of(syscalls, Proc.ofHost(), Arguments.ofThisHost(spec, syscalls, on.get()));
        warn("makes " + perSecond + " connections per second to " + target + ", "
                + (sends.length == 0 ? "sends nothing" : "sends " + sends.length + " bytes on each")
                + ", and closes each when it is answered; runs the command after " + Codec.seconds(duration.get())
                + " s, and goes on for as long after it");
        RestartOnPlan plan = new RestartOnPlan(target, command.get(), perSecond, duration.get(), sends, timeout.get());
        RestartOnCount result = new RestartOn(
                        plan,
                        syscalls,
                        Serving.of(syscalls, Proc.ofHost(), target),
                        line -> err().println(new Printable(line)))
                .run();
        report(new RestartOnAnswer(result, chart.get()), format);
        result.endedEarly().ifPresent(why -> warn("ended after " + result.connections() + " connections: " + why));
        boolean failed = result.exit().filter(status -> status == 0).isEmpty();
        if (failed && result.exit().isPresent()) {
            warn("the command failed with exit status " + result.exit().get());
        }
        return failed || result.lost() > 0 || result.endedEarly().isPresent() ? ExitCode.SOFTWARE : ExitCode.OK;
    }

    @Override
    Optional<String> withoutIpv6() {
        if (on.get() != null) {
            return Optional.empty();
        }
        return Ipv6Hint.ipv4For(Arguments.loopback(spec, address.get())).map(four -> "--listen-addr " + four);
    }
}
