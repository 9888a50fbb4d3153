package dev.reuseport.cli;

import dev.reuseport.cli.value.OptionNames;
import dev.reuseport.inspect.Comparison;
import dev.reuseport.option.SockOpt;
import dev.reuseport.print.CompareAnswer;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport compare}. */
final class CompareCommand extends Command {
    private final Supplier<List<String>> names = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .paramLabel("NAME")
                    .completionCandidates(new OptionNames())
                    .description("Options by their C names."));

    private final Supplier<Comparison.Kind> type = option(
            Comparison.Kind.class,
            "--type",
            "listener|socket|datagram|multicast",
            "listener",
            "What is opened. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Family> family = family();

    private final Supplier<Format> format = format();

    CompareCommand() {
        super("compare", "Open one socket natively and one by the JDK, and compare every option.");
        spec.usageMessage()
                .description(
                        "Readings of a row: the native socket by getsockopt (built and run on Java 22 another one through"
                                + " java.lang.foreign, too), the JDK's by getOption, and the JDK's own descriptor by"
                                + " getsockopt, which is what the kernel really holds. Once fresh, once after"
                                + " SO_REUSEADDR and SO_REUSEPORT were set on both. Then what the JDK's other classes"
                                + " say that open such a socket: ServerSocket, AsynchronousServerSocketChannel, Socket,"
                                + " AsynchronousSocketChannel, DatagramSocket, MulticastSocket.",
                        "")
                .footer(
                        "",
                        "Without names, the text shows the rows that differ and the options that NIO has a name for;"
                                + " JSON has all.",
                        "Try: reuseport compare SO_REUSEADDR SO_REUSEPORT SO_RCVBUF",
                        "     reuseport compare --type multicast SO_REUSEADDR SO_REUSEPORT");
    }

    @Override
    public Integer call() throws IOException {
        List<SockOpt<?>> options = Arguments.options(spec, names.get());
        Comparison comparison = Comparison.run(Binding.JNR.load(), ffm(), type.get(), family.get().number, options);
        report(new CompareAnswer(comparison, !names.get().isEmpty()), format);
        return ExitCode.OK;
    }

    @Override
    Optional<String> withoutIpv6() {
        return family.get() == Family.INET6 ? Optional.of("--family inet") : Optional.empty();
    }

    private static Optional<Syscalls> ffm() {
        try {
            return Optional.of(Binding.FFM.load());
        } catch (NotPossibleException e) {
            return Optional.empty();
        }
    }
}
