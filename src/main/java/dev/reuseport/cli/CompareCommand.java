package dev.reuseport.cli;

import dev.reuseport.inspect.Comparison;
import dev.reuseport.option.SockOpt;
import dev.reuseport.print.CompareJson;
import dev.reuseport.print.Json;
import dev.reuseport.print.ReadingsText;
import dev.reuseport.print.Table;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport compare}. */
final class CompareCommand extends Command {
    private final Supplier<List<String>> names = arguments(
            String.class, PositionalParamSpec.builder().paramLabel("NAME").description("Options by their C names."));

    private final Supplier<InspectCommand.Family> family = family();

    private final Supplier<Format> format = format();

    CompareCommand() {
        super("compare", "Open one listener natively and one by the JDK, and compare every option.");
        spec.usageMessage()
                .description(
                        "Readings of a row: the native listener by getsockopt (on Java 22 another one through"
                                + " java.lang.foreign, too), the JDK's by getOption, and the JDK's own descriptor by"
                                + " getsockopt, which is what the kernel really holds. Once fresh, once after"
                                + " SO_REUSEADDR and SO_REUSEPORT were set on both.",
                        "")
                .footer(
                        "",
                        "Without names, the text shows the rows that differ and the options that NIO has a name for;"
                                + " JSON has all.",
                        "Try: reuseport compare SO_REUSEADDR SO_REUSEPORT SO_RCVBUF");
    }

    @Override
    public Integer call() throws IOException {
        List<SockOpt<?>> options = Arguments.options(spec, names.get());
        Comparison comparison = Comparison.run(Binding.JNR.load(), ffm(), family.get().number, options);
        if (format.get() == Format.JSON) {
            Json.print(spec.commandLine().getOut(), CompareJson.of(comparison));
        } else {
            print(comparison);
        }
        return ExitCode.OK;
    }

    @Override
    Optional<String> withoutIpv6() {
        return family.get() == InspectCommand.Family.INET6 ? Optional.of("--family inet") : Optional.empty();
    }

    private static Optional<Syscalls> ffm() {
        try {
            return Optional.of(Binding.FFM.load());
        } catch (NotPossibleException e) {
            return Optional.empty();
        }
    }

    private void print(Comparison comparison) {
        PrintWriter out = spec.commandLine().getOut();
        for (Comparison.Stage stage : Comparison.Stage.values()) {
            out.println(
                    stage == Comparison.Stage.FRESH
                            ? "Fresh"
                            : System.lineSeparator() + "After SO_REUSEADDR=1 and SO_REUSEPORT=1 on both");
            boolean withFfm =
                    comparison.rows().stream().anyMatch(row -> row.ffm().isPresent());
            Table table = new Table();
            table.row(cells(withFfm, "option", "native", "ffm", "JDK says", "JDK's descriptor", ""));
            int hidden = 0;
            for (Comparison.Row row : comparison.rows()) {
                if (row.stage() != stage) {
                    continue;
                }
                boolean jdkHasName = !(row.jdk() instanceof Probe.NotDefined<?>);
                if (names.get().isEmpty() && row.agree() && !jdkHasName) {
                    hidden++;
                } else {
                    table.row(cells(
                            withFfm,
                            row.option().name(),
                            ReadingsText.shown(row.option(), row.nativeProbe()),
                            row.ffm()
                                    .map(probe -> ReadingsText.shown(row.option(), probe))
                                    .orElse(""),
                            jdkHasName ? ReadingsText.shown(row.option(), row.jdk()) : "no name",
                            ReadingsText.shown(row.option(), row.jdkDescriptor()),
                            row.agree() ? "same" : "differs: " + row.reason().orElse("no known reason")));
                }
            }
            table.print(out, "  ");
            if (hidden > 0) {
                out.println("  and " + hidden + " more options that agree and that NIO has no name for");
            }
        }
    }

    private static String[] cells(
            boolean withFfm, String option, String jnr, String ffm, String jdk, String descriptor, String verdict) {
        return withFfm
                ? new String[] {option, jnr, ffm, jdk, descriptor, verdict}
                : new String[] {option, jnr, jdk, descriptor, verdict};
    }
}
