package dev.reuseport.experiment;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Child;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Replays the article: its five steps, as processes of their own, first natively and then through the JDK, and holds each
 * line against the article's.
 */
public final class Demo {
    /** Where the article's receivers listen. */
    public static final Sockaddr ARTICLES = new Sockaddr.Inet6(0, 1, 60001, 0, 0);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MANY = 10;

    /** What a receiver prints before it waits: pid, two readouts, and that it listens or why not. */
    private static final int OPENING_LINES = 4;

    /** What each line of a receiver begins with, its pid written so. */
    private static final String RECEIVER = "Receiver-PID: ";

    private static final Pattern NAME = Pattern.compile("Receiver-\\d+");

    private final Syscalls syscalls;
    private final OwnProgram program;
    private final Sockaddr address;
    private final Consumer<String> transcript;

    /**
     * Replays over one address.
     *
     * @param program what starts the receivers and senders
     * @param address the article's is [::1]:60001
     * @param transcript takes each line as it happens
     */
    public Demo(Syscalls syscalls, OwnProgram program, Sockaddr address, Consumer<String> transcript) {
        this.syscalls = syscalls;
        this.program = program;
        this.address = address;
        this.transcript = transcript;
    }

    /**
     * A line of the article and what came of it, with every pid written as PID.
     *
     * @param step which of the five steps
     * @param article what the article shows
     * @param expected what it is here in each mode: the same, but for numbers and words that are a system's own
     * @param seen what was printed in each mode; null where the step did not get that far
     */
    public record Row(int step, String article, Map<Mode, String> expected, Map<Mode, String> seen) {
        /** Tells whether it happened in a mode. */
        public boolean same(Mode mode) {
            return expected.get(mode).equals(seen.get(mode));
        }
    }

    /** Both replays, line by line. */
    public record Replays(List<Row> rows) {
        /** Tells whether everything that the article shows happened in both modes. */
        public boolean same() {
            return rows.stream().allMatch(row -> row.same(Mode.NATIVE) && row.same(Mode.JDK));
        }
    }

    /** Runs both replays. */
    public Replays run() throws IOException, InterruptedException {
        Map<Mode, List<String>> seen = new LinkedHashMap<>();
        for (Mode mode : List.of(Mode.NATIVE, Mode.JDK)) {
            Replay replay = new Replay(mode);
            replay.run();
            seen.put(mode, replay.seen);
        }
        return new Replays(compare(seen));
    }

    /** One line of the article; {@code jdk} where the JDK has its own words for it. */
    private record Expected(int step, String article, String here, String jdk) {}

    private List<Expected> expected() {
        Abi abi = syscalls.abi();
        int reuseAddr = abi.setBoolean(Const.SO_REUSEADDR);
        int reusePort = abi.setBoolean(Const.SO_REUSEPORT);
        Errno inUse = Errno.of(syscalls, -abi.number(Const.EADDRINUSE));
        String pid = RECEIVER + "pid=PID";
        String sockname = sockname(address);
        String articles = sockname(ARTICLES);

        List<Expected> lines = new ArrayList<>();
        for (int step : new int[] {1, 2, 3, 3}) {
            boolean with = step == 3;
            lines.add(new Expected(step, pid, pid, pid));
            lines.add(readout(step, "so_reuseaddr=", 1, reuseAddr));
            lines.add(with ? readout(step, "so_reuseport=", 1, reusePort) : readout(step, "so_reuseport=", 0, 0));
            String listening = RECEIVER + "Listening ";
            lines.add(
                    step == 2
                            ? new Expected(
                                    step,
                                    "OSError: [Errno 98] Address already in use",
                                    "OSError: [Errno " + inUse.number() + "] " + inUse.message(),
                                    "java.net.BindException: " + inUse.message())
                            : same(step, listening + articles, listening + sockname));
            if (step == 2) {
                lines.add(same(step, "exit status 1", "exit status 1"));
            }
        }
        String hello = RECEIVER + "recv message=b'Hello\\n'";
        lines.add(same(4, hello, hello));
        lines.add(same(4, RECEIVER + "accepted " + articles, RECEIVER + "accepted " + sockname));
        lines.add(same(4, hello, hello));
        String aaaa = MANY + " times " + RECEIVER + "recv message=b'AAAA\\n'";
        // The post shows b'Hello\n' here, a slip: it sent AAAA.
        lines.add(same(5, aaaa, aaaa));
        lines.add(same(5, "each by one of the two", "each by one of the two"));
        return lines;
    }

    private static String sockname(Sockaddr address) {
        String name = "sockname=('" + address.host() + "', " + address.port();
        return name + (address instanceof Sockaddr.Inet6 ? ", 0, 0)" : ")");
    }

    private static Expected readout(int step, String what, int article, int here) {
        // The JDK gives true or false: its receiver prints 1 or 0 on every system.
        return new Expected(step, RECEIVER + what + article, RECEIVER + what + here, RECEIVER + what + article);
    }

    private static Expected same(int step, String article, String here) {
        return new Expected(step, article, here, here);
    }

    private List<Row> compare(Map<Mode, List<String>> seen) {
        List<Expected> lines = expected();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Expected line = lines.get(i);
            Map<Mode, String> here = Map.of(Mode.NATIVE, line.here(), Mode.JDK, line.jdk());
            Map<Mode, String> got = new LinkedHashMap<>();
            for (Map.Entry<Mode, List<String>> mode : seen.entrySet()) {
                got.put(
                        mode.getKey(),
                        i < mode.getValue().size() ? mode.getValue().get(i) : null);
            }
            rows.add(new Row(line.step(), line.article(), here, got));
        }
        return rows;
    }

    /** One mode's five steps; {@code seen} fills up in the order of {@link Demo#expected()}. */
    private final class Replay {
        private final Mode mode;
        private final List<String> seen = new ArrayList<>();

        Replay(Mode mode) {
            this.mode = mode;
        }

        void run() throws IOException, InterruptedException {
            say("");
            say("=== " + mode + " ===");
            say("");
            say("1. Without SO_REUSEPORT, the first receiver listens.");
            try (Child first = serve(1, OwnProgram.Line::withoutReuseport)) {
                if (!listens(first)) {
                    return;
                }
                say("");
                say("2. A second one on the same address does not.");
                try (Child second = serve(2, OwnProgram.Line::withoutReuseport)) {
                    int status = second.awaitExit(PATIENCE);
                    note(second.lines(), OPENING_LINES);
                    seen.add("exit status " + status);
                    say("[2] (exit status " + status + ")");
                    if (status != 1) {
                        return;
                    }
                }
            }
            say("");
            say("3. With SO_REUSEPORT, both listen.");
            try (Child first = serve(1, line -> line)) {
                if (!listens(first)) {
                    return;
                }
                try (Child second = serve(2, line -> line)) {
                    if (listens(second)) {
                        talk(first, second);
                    }
                }
            }
        }

        private void talk(Child first, Child second) throws IOException, InterruptedException {
            say("");
            say("4. A message is answered by one of them.");
            List<String> reply = send("Hello", 1);
            note(reply, 1);
            List<String> served = List.of();
            for (Child receiver : List.of(first, second)) {
                if (reply.stream().anyMatch(line -> line.startsWith(nameOf(receiver) + ":"))) {
                    receiver.awaitLine(line -> line.contains("recv message="), PATIENCE);
                    served = receiver.lines()
                            .subList(OPENING_LINES, receiver.lines().size());
                }
            }
            note(served, 2);
            say("");
            say("5. " + MANY + " messages are spread over the two.");
            List<String> replies = send("AAAA", MANY);
            long alike = replies.stream()
                    .filter(line -> line.endsWith(": recv message=b'AAAA\\n'"))
                    .count();
            seen.add(alike + " times " + RECEIVER + "recv message=b'AAAA\\n'");
            boolean known = replies.stream()
                    .allMatch(line -> line.startsWith(nameOf(first) + ":") || line.startsWith(nameOf(second) + ":"));
            seen.add(known ? "each by one of the two" : "some by a stranger");
        }

        private static String nameOf(Child receiver) {
            return "Receiver-" + receiver.pid();
        }

        private boolean listens(Child receiver) throws InterruptedException {
            boolean listening = receiver.awaitLine(line -> line.contains("Listening"), PATIENCE);
            note(receiver.lines(), OPENING_LINES);
            if (!listening) {
                say("(it does not listen; is port " + address.port() + " taken?)");
            }
            return listening;
        }

        /** Starts a receiver, in a terminal of its own as the transcript has it. */
        private Child serve(int terminal, UnaryOperator<OwnProgram.Line> more) throws IOException {
            OwnProgram.Line line = OwnProgram.serve();
            if (mode != Mode.NATIVE) {
                line = line.mode(mode);
            }
            if (!address.host().equals(ARTICLES.host())) {
                line = line.listenAddr(address.host());
            }
            if (address.port() != ARTICLES.port()) {
                line = line.listenPort(address.port());
            }
            return start(terminal, more.apply(line));
        }

        private List<String> send(String message, int count) throws IOException, InterruptedException {
            OwnProgram.Line line = OwnProgram.send(address.toString(), message);
            try (Child sender = start(3, count > 1 ? line.count(count) : line)) {
                sender.awaitExit(PATIENCE);
                return sender.lines().stream()
                        .filter(each -> each.contains(": recv message="))
                        .toList();
            }
        }

        private Child start(int terminal, OwnProgram.Line line) throws IOException {
            String prompt = "[" + terminal + "] ";
            say(prompt + "$ " + line);
            return new Child(program.starting(line), each -> say(prompt + each));
        }

        private void note(List<String> lines, int count) {
            for (int i = 0; i < count; i++) {
                String line = i < lines.size() ? lines.get(i) : "(nothing)";
                seen.add(NAME.matcher(line).replaceAll("Receiver-PID").replaceAll("pid=\\d+", "pid=PID"));
            }
        }
    }

    private synchronized void say(String line) {
        transcript.accept(line);
    }
}
