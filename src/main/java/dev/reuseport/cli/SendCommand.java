package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.print.Stdout;
import dev.reuseport.print.Table;
import dev.reuseport.receiver.Sender;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.PrintableStream;
import java.io.ByteArrayOutputStream;
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

    private final Supplier<Duration> timeout = time(
            "--timeout", "30s", "How long a message may take, to the end of its reply. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Boolean> raw =
            flag("--raw", "On a terminal, print the controls in a reply as they came, and not as \\x1b.");

    SendCommand() {
        super("send", "Send a line to a receiver and print its reply.");
        spec.usageMessage()
                .description(
                        "What echo MESSAGE | socat - tcp6-connect:ADDR:PORT does: the message and a newline, then the"
                                + " end of the stream; the reply goes to stdout as it comes. Each message has a"
                                + " connection of its own.",
                        "On a terminal controls in a reply, but newline and tab, are written out (\\x1b): what a server"
                                + " sends does nothing to it. Into a pipe or a file go the bytes that came.",
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
        PrintWriter out = out();
        Tally tally = new Tally();
        int failures = 0;
        for (int i = 0; i < count.get(); i++) {
            Answer answer = new Answer(out, raw.get());
            try {
                sender.send(line, answer);
                answer.end();
                tally.add(answer.name());
            } catch (IOException e) {
                answer.end();
                failures++;
                String hint =
                        Ipv6Hint.of(e, this).map(lacking -> ": " + lacking).orElse("");
                warn(address + ": " + e.getMessage() + hint);
            }
            if (out.checkError()) {
                break;
            }
        }
        if (count.get() > 1) {
            tally.print(err());
        }
        return failures == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    /** A reply on its way to stdout. Of it no more is kept than its beginning, which names who answers. */
    private static final class Answer implements Sender.Reply {
        private static final int LONGEST_NAME = 64;

        private final PrintWriter out;
        private final Optional<Stdout> asItCame;
        private final PrintableStream shown = new PrintableStream();
        private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();

        Answer(PrintWriter out, boolean raw) {
            this.out = out;
            this.asItCame = Optional.of(out)
                    .filter(Stdout.class::isInstance)
                    .map(Stdout.class::cast)
                    .filter(stdout -> raw || !stdout.terminal());
        }

        @Override
        public boolean take(byte[] bytes, int from, int length) {
            beginning.write(bytes, from, Math.min(length, LONGEST_NAME + 1 - beginning.size()));
            if (asItCame.isPresent()) {
                asItCame.get().bytes(bytes, from, length);
            } else {
                out.print(shown.next(bytes, from, length));
            }
            return !out.checkError();
        }

        void end() {
            out.print(shown.end());
            out.flush();
        }

        /** Returns what stands before the first colon, in Python's receiver and ours its name and pid. */
        String name() {
            String start = beginning.toString(StandardCharsets.UTF_8);
            int colon = start.indexOf(':');
            return colon <= 0 ? "(no name)" : new Printable(start.substring(0, colon)).toString();
        }
    }

    /** How often who answered. Somebody who calls himself something else each time does not fill the memory. */
    private static final class Tally {
        private static final int MOST_NAMES = 1000;

        private final Map<String, Integer> answers = new TreeMap<>();

        void add(String name) {
            boolean room = answers.size() < MOST_NAMES || answers.containsKey(name);
            answers.merge(room ? name : "(others)", 1, Integer::sum);
        }

        void print(PrintWriter err) {
            Table table = new Table();
            answers.forEach((name, times) -> table.row(name, Integer.toString(times)));
            table.print(err, "");
        }
    }

    @Override
    Optional<String> withoutIpv6() {
        Sockaddr address = Arguments.endpoint(spec, destination.get());
        return Ipv6Hint.ipv4For(address).map(four -> "send " + four + ":" + address.port());
    }
}
