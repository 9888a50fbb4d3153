package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.cli.help.ExplainHint;
import dev.reuseport.experiment.Claims;
import dev.reuseport.experiment.Demo;
import dev.reuseport.print.ClaimsAnswer;
import dev.reuseport.print.DemoTable;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import picocli.CommandLine.ExitCode;

/** {@code reuseport demo}. */
final class DemoCommand extends Command {
    /** How a receiver ends that cannot bind. */
    private static final Pattern BIND_FAILED =
            Pattern.compile("^(OSError|PermissionError|java\\.net\\.BindException): ");

    /** Steps 1 and 2 are without SO_REUSEPORT, the others with it. */
    private static final int LAST_WITHOUT_REUSEPORT = 2;

    private final Supplier<Integer> port = option(
            int.class,
            "--port",
            "PORT",
            "60001",
            "Where the receivers listen. Default: ${DEFAULT-VALUE}, the article's.");

    private final Supplier<String> address = option(
            String.class,
            "--listen-addr",
            "ADDR",
            "::1",
            "A loopback address; 127.0.0.1 where there is no IPv6, and marked as not the article's."
                    + " Default: ${DEFAULT-VALUE}.");

    private final Supplier<Boolean> claims =
            flag("--claims", "Put each statement of the article to this kernel afterwards.");

    private final Supplier<Boolean> all = flag("--all", "Print the table's lines that are the same, too.");

    DemoCommand() {
        super("demo", "Replay the whole article on this machine, natively and through the JDK.");
        spec.usageMessage()
                .description(
                        "Starts real receivers and senders, prints what they print, and holds each line against the"
                                + " article's. Exit 0 only if everything that the article shows happened both ways; 3 if"
                                + " this machine has no ::1.",
                        "")
                .footer(
                        "",
                        "Two slips of the post are not copied: its first command lacks the dashes of"
                                + " --without-reuseport, and its replies to AAAA are printed as b'Hello\\n'.",
                        "Try: reuseport demo",
                        "     reuseport demo --port 8080 --all");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (port.get() < 1 || port.get() > 0xffff) {
            throw Arguments.wrong(spec, "--port is 1 to 65535, not " + port.get());
        }
        Sockaddr where = Arguments.loopback(spec, address.get()).withPort(port.get());
        Ipv6Hint.need(withoutIpv6());
        boolean elsewhere = !where.host().equals(Demo.ARTICLES.host());
        PrintWriter out = out();
        if (elsewhere) {
            out.println("On " + where.host() + ", which is not the article's address: that is ::1.");
        }
        Demo.Replays result = new Demo(Binding.JNR.load(), ownProgram(), where, out::println).run();
        PrintWriter sheet = sheet();
        sheet.println();
        new DemoTable(result, all.get()).print(sheet);
        sheet.println();
        if (result.same()) {
            sheet.println("Everything that the article shows happened, natively and through the JDK"
                    + (elsewhere ? ", but on " + where.host() + " instead of ::1." : "."));
        }
        if (claims.get()) {
            sheet.println();
            new ClaimsAnswer(new Claims(ownProgram()).run()).print(sheet);
        }
        if (result.same()) {
            return ExitCode.OK;
        }
        for (Demo.Row row : result.rows()) {
            for (Mode mode : List.of(Mode.NATIVE, Mode.JDK)) {
                if (!row.same(mode)) {
                    String seen = row.seen().get(mode);
                    warn("step " + row.step() + ", " + mode + ": expected "
                            + row.expected().get(mode) + "; saw " + (seen == null ? "nothing" : seen));
                    if (seen != null && BIND_FAILED.matcher(seen).find()) {
                        ExplainHint.print(err(), where, row.step() > LAST_WITHOUT_REUSEPORT);
                    }
                    return ExitCode.SOFTWARE;
                }
            }
        }
        return ExitCode.SOFTWARE;
    }

    @Override
    Optional<String> withoutIpv6() {
        return Ipv6Hint.ipv4For(Arguments.loopback(spec, address.get())).map(four -> "--listen-addr " + four);
    }
}
