package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.Restart;
import dev.reuseport.experiment.RestartCount;
import dev.reuseport.experiment.RestartPlan;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.print.RestartAnswer;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** {@code reuseport restart}. */
final class RestartCommand extends Command {
    private static final int MOST_LISTENERS = 64;
    private static final int MOST_QUEUED = 100_000;
    private static final int MOST_PER_SECOND = 20_000;

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
            null,
            OptionSpec.builder("--strategy")
                    .defaultValue("close")
                    .converters(new Strategies())
                    .description("close, drain, steer-drain or filter-drain. Default: ${DEFAULT-VALUE}."));

    private final Supplier<Boolean> rolling =
            flag("--rolling", "Replace every member in turn under a steady stream of clients.");

    private final Supplier<Duration> duration =
            time("--duration", "3s", "With --rolling: how long the stream lasts. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Integer> rate =
            number("--rate", 1000, "With --rolling: connections per second. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Mode> mode =
            mode("By which way the members listen: native, ffm or jdk. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> address = loopback();

    private final Supplier<Duration> timeout =
            time("--timeout", "10s", "How long a client waits for its answer. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Format> format = format();

    RestartCommand() {
        super("restart", "Count the connections that are lost when a member leaves its group.");
        spec.usageMessage()
                .description(
                        "Queues connections on a group that does not accept, lets the first member leave, lets the"
                                + " others answer, and counts. With --rolling, replaces every member in turn under a"
                                + " stream of clients.",
                        "")
                .footer(
                        "",
                        "Strategies: close just closes. drain accepts what is queued first. steer-drain has a program"
                                + " on the group choose the others meanwhile. filter-drain has the member's own socket"
                                + " drop new SYNs, which their clients repeat a second later, by a program, or by"
                                + " IP_MINTTL where that takes CAP_NET_ADMIN (kernels of 2026 or newer); serve stops"
                                + " that way. The last two take Linux and a native mode.",
                        "Try: reuseport restart --strategy close",
                        "     reuseport restart --strategy steer-drain --rolling --rate 2000");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Arguments.range(spec, "--listeners", listeners.get(), 2, MOST_LISTENERS);
        Arguments.range(spec, "--queued", queued.get(), 1, MOST_QUEUED);
        Arguments.range(spec, "--rate", rate.get(), 1, MOST_PER_SECOND);
        Sockaddr loopback = Arguments.loopback(spec, address.get());
        if (strategy.get().attachesProgram()
                && (mode.get() == Mode.JDK || !Abi.host().platform().linux())) {
            throw new NotPossibleException(
                    strategy.get() + " attaches a classic BPF program, which takes Linux and --mode native");
        }
        Optional<RestartPlan.Stream> stream =
                rolling.get() ? Optional.of(new RestartPlan.Stream(duration.get(), rate.get())) : Optional.empty();
        RestartCount result = new Restart(new RestartPlan(
                        mode.get(), loopback, listeners.get(), queued.get(), strategy.get(), stream, timeout.get()))
                .run();
        report(new RestartAnswer(result), format);
        result.endedEarly().ifPresent(why -> warn("ended after " + result.queued() + " connections: " + why));
        return result.endedEarly().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    @Override
    Optional<String> withoutIpv6() {
        return Ipv6Hint.ipv4For(Arguments.loopback(spec, address.get())).map(four -> "--listen-addr " + four);
    }
}
