package dev.reuseport.cli;

import dev.reuseport.receiver.Sender;
import dev.reuseport.sys.Sockaddr;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport send}. */
final class SendCommand extends Command {
    private final Supplier<String> destination = argument(
            String.class,
            PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .paramLabel("ADDR:PORT")
                    .defaultValue("[::1]:60001")
                    .description("Where to. Default: ${DEFAULT-VALUE}."));

    private final Supplier<String> message = argument(
            String.class,
            PositionalParamSpec.builder()
                    .index("1")
                    .arity("0..1")
                    .paramLabel("MESSAGE")
                    .defaultValue("Hello")
                    .description("What to send. Default: ${DEFAULT-VALUE}."));

    private final Supplier<Integer> count =
            number("--count", 1, "How often. Above 1, who answered how often is printed on stderr at the end.");

    private final Supplier<Duration> timeout =
            time("--timeout", "30s", "How long to wait for a connection, and for a reply. Default: ${DEFAULT-VALUE}.");

    SendCommand() {
        super("send", "Send a line to a receiver and print its reply.");
        spec.usageMessage()
                .description(
                        "What echo MESSAGE | socat - tcp6-connect:ADDR:PORT does: the message and a newline, then the"
                                + " end of the stream; the reply goes to stdout. Each message has a connection of its"
                                + " own.",
                        "")
                .footer("", "Try: reuseport send '[::1]:60001' AAAA --count 10");
    }

    @Override
    public Integer call() throws IOException {
        Sockaddr address = Arguments.endpoint(spec, destination.get());
        if (count.get() < 1) {
            throw Arguments.wrong(spec, "--count is 1 or more, not " + count.get());
        }
        if (timeout.get().isZero()) {
            throw Arguments.wrong(spec, "--timeout is more than 0: a socket of the JDK takes that for no limit");
        }
        Sender sender = new Sender(address.toInetSocketAddress(), timeout.get());
        byte[] line = (message.get() + "\n").getBytes(StandardCharsets.UTF_8);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Map<String, Integer> tally = new TreeMap<>();
        int failures = 0;
        for (int i = 0; i < count.get(); i++) {
            try {
                String reply = new String(sender.send(line), StandardCharsets.UTF_8);
                out.print(reply);
                out.flush();
                int colon = reply.indexOf(':');
                tally.merge(colon <= 0 ? "(no name)" : reply.substring(0, colon), 1, Integer::sum);
            } catch (IOException e) {
                failures++;
                String hint =
                        Ipv6Hint.of(e, this).map(lacking -> ": " + lacking).orElse("");
                err.println("reuseport send: " + address + ": " + e.getMessage() + hint);
            }
        }
        if (count.get() > 1) {
            Table table = new Table();
            tally.forEach((name, answers) -> table.row(name, Integer.toString(answers)));
            table.print(err, "");
        }
        return failures == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    @Override
    Optional<String> withoutIpv6() {
        Sockaddr address = Arguments.endpoint(spec, destination.get());
        return Ipv6Hint.ipv4For(address).map(four -> "send " + four + ":" + address.port());
    }
}
