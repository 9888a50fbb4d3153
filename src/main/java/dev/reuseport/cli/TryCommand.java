package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.bind.Trial;
import dev.reuseport.bind.host.Fact;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.bind.step.StepSyntaxException;
import dev.reuseport.print.TryAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code reuseport try}. */
final class TryCommand extends Command {
    private static final int LARGEST_FILE = 16 << 20;
    private static final int MOST_STEPS = 100_000;
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final Supplier<List<String>> steps = arguments(
            String.class, PositionalParamSpec.builder().paramLabel("STEP").description("The steps of one case."));

    private final Supplier<String> file =
            option(String.class, "--file", "F", null, "Read cases from a file; - is stdin.");

    private final Supplier<String> rules = option(
            String.class,
            "SYSTEM",
            OptionSpec.builder("--rules")
                    .completionCandidates(new Names())
                    .description("Predict by the rules of ${COMPLETION-CANDIDATES}, or linux- and another release, as"
                            + " linux-6.1.170. Default: this system's; linux is this host's kernel."));

    private final Supplier<Boolean> noRun = flag("--no-run", "Predict only.");

    private final Supplier<String> hostFile = option(
            String.class,
            "--host",
            "F",
            null,
            "Predict only, for the host that a file describes by lines of host; - is stdin.");

    private final Supplier<Boolean> saveHost =
            flag("--save-host", "Print this host as such lines, for --host on another machine, and end.");

    private final Supplier<Mode> mode =
            mode("native, ffm: libc's calls, by jnr-ffi or java.lang.foreign. jdk: ServerSocketChannel, whose bind is"
                    + " bind and listen, and DatagramChannel. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Boolean> reasons =
            flag("--reasons", "Give the reason of each step, and not only where the answers differ.");

    private final Supplier<Format> format = format();

    /** The names of rules. */
    private static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Ruleset.all().stream().map(Ruleset::name).iterator();
        }
    }

    TryCommand() {
        super("try", "Would these binds coexist? Run them on this kernel, and predict them by a system's rules.");
        spec.usageMessage()
                .description(
                        "A step is one argument, or one line of a file. Sockets are counted from 1.",
                        "",
                        "  tcp|udp ADDR:PORT [OPTION[=VALUE]]... [uid=N] [listen]",
                        "      open the next socket, set, bind, perhaps listen;",
                        "      PORT may be 0, or @K: the port of socket K;",
                        "      uid=N: in a process of that effective user (root only);",
                        "      tcp4, tcp6, udp4, udp6: a socket of that family, whatever the address",
                        "  unbound tcp|udp|tcp6|udp6 [OPTION[=VALUE]]... [uid=N]",
                        "      open the next socket, set, and do not bind; tcp and udp are IPv4",
                        "  unix PATH|@NAME [stream|dgram] [OPTION[=VALUE]]... [uid=N] [listen]",
                        "      open the next socket of AF_UNIX; its file is removed at the end",
                        "  bind K ADDR:PORT   bind an earlier socket: an unbound one, or again",
                        "  listen K, close K, shutdown K, set K OPTION=VALUE, read K OPTION",
                        "      an option by its numbers is LEVEL:NAME:BYTES, as 1:15:01000000",
                        "  dup K           the next socket is another descriptor of socket K",
                        "  fork K          the next socket is K in another process, which only holds it",
                        "  connect K       a client connects to K's address",
                        "  connect K [ADDR:PORT] from J  the client is socket J",
                        "  connect K ADDR:PORT  socket K connects, of TCP or UDP",
                        "  send K ADDR:PORT  socket K of UDP sends a datagram; who receives it is said",
                        "  client-close K  the client of K's latest connection closes it",
                        "  server-close K  the other side does; first, it has TIME_WAIT",
                        "  host FACT       with --no-run: address ADDR[/PREFIX]%%DEVICE, device NAME,",
                        "                  route local|broadcast NETWORK, sysctl NAME=VALUE",
                        "")
                .footer(
                        "",
                        "All that a case opens stays open until it ends: a descriptor for a socket, two for a"
                                + " connection (ulimit -n). In a file of UTF-8, empty lines separate cases and #"
                                + " begins a comment.",
                        "Exit 1 if this kernel and the rules of its own system disagree. The rules know the sockets of"
                                + " the case and no others: a port that somebody else has makes them differ. Where the"
                                + " kernel chose all ports, such a case is run up to nine times more, with others. Exit"
                                + " 3 if a step cannot be run, because this system or the mode has no such thing.",
                        "Try: reuseport try 'tcp [::1]:0 SO_REUSEPORT listen' 'tcp [::1]:@1 listen'");
    }

    @Override
    public Integer call() throws IOException {
        if (saveHost.get()) {
            Fact.of(ThisHost.observe(Proc.ofHost(), Binding.JNR.load()))
                    .forEach(fact -> out().println(new Step.Suppose(fact)));
            return ExitCode.OK;
        }
        List<Case> cases = cases();
        boolean predicts = noRun.get() || hostFile.get() != null;
        Optional<LinuxRelease> release = Proc.ofHost().release();
        Optional<Ruleset> own = Ruleset.of(Abi.host().platform(), release);
        Optional<Ruleset> asked =
                rules.get() == null ? own : Optional.of(named(rules.get().toLowerCase(Locale.ROOT), release));
        if (predicts && asked.isEmpty()) {
            throw Arguments.wrong(spec, "the rules of this system are not known: say --rules");
        }
        Syscalls syscalls = Binding.JNR.load();
        int uid = syscalls.geteuid();
        if (!predicts
                && cases.stream().flatMap(one -> one.steps().stream()).anyMatch(step -> isOfOtherUser(step, uid))) {
            if (mode.get() == Mode.JDK) {
                throw Arguments.wrong(spec, "uid=N is for --mode native");
            }
            if (uid != 0) {
                warn("uid=N needs root; --no-run predicts without");
                return NOT_POSSIBLE;
            }
        }
        Host host = hostFile.get() == null ? ThisHost.observe(Proc.ofHost(), syscalls) : supposed();
        List<Trial> trials = new ArrayList<>();
        if (predicts) {
            SystemRules chosen = asked.orElseThrow().rules();
            cases.forEach(one -> trials.add(Trial.predict(one, chosen, host, uid)));
        } else {
            List<String> asUser = ownProgram().bindAs();
            try (Runner runner = Runner.open(mode.get(), asUser)) {
                for (Case one : cases) {
                    trials.add(Trial.run(one, runner, mode.get(), asked.map(Ruleset::rules), host, uid));
                }
            }
        }
        report(new TryAnswer(asked, trials, !predicts, reasons.get()), format);
        trials.stream()
                .flatMap(trial -> trial.steps().stream())
                .flatMap(row -> lackingIpv6(row).stream())
                .findFirst()
                .flatMap(Ipv6Hint::of)
                .ifPresent(hint -> warn(hint));
        boolean wrong = asked.map(Ruleset::name).equals(own.map(Ruleset::name))
                && trials.stream().anyMatch(Trial::differs);
        boolean lacks = trials.stream().anyMatch(Trial::lacks);
        // Behind a step that was not run, the two are not in the same state any more.
        return lacks ? NOT_POSSIBLE : wrong ? ExitCode.SOFTWARE : ExitCode.OK;
    }

    /** A host that has what every one has, and what the file says. */
    private Host supposed() {
        Host host = Host.loopback();
        try {
            for (Case one : StepReader.read(lines("--host", hostFile.get()))) {
                for (Step step : one.steps()) {
                    if (!(step instanceof Step.Suppose supposed)) {
                        throw Arguments.wrong(
                                spec, "--host " + hostFile.get() + ": '" + step + "' says nothing of a host");
                    }
                    host = Fact.with(host, supposed.fact());
                }
            }
        } catch (StepSyntaxException e) {
            throw Arguments.wrong(spec, "--host " + hostFile.get() + ": " + e.getMessage());
        }
        return host;
    }

    private Ruleset named(String name, Optional<LinuxRelease> here) {
        return Ruleset.named(name, here)
                .orElseThrow(() -> Arguments.wrong(
                        spec,
                        "no rules are called '" + name + "': there are " + String.join(", ", new Names())
                                + ", and linux- with a release, as linux-6.1.170"));
    }

    /** Returns what to type instead of a step that may have failed because there is no IPv6. */
    private static Optional<String> lackingIpv6(Trial.Row row) {
        boolean failed = row.ran()
                .filter(ran -> ran.lacking()
                        || ran.bind()
                                .filter(bind -> Ipv6Hint.concerns(bind.name()))
                                .isPresent())
                .isPresent();
        return failed && row.step() instanceof Step.Open open
                ? Ipv6Hint.ipv4For(open.to().address())
                        .map(four ->
                                open.protocol() + " " + four + ":" + open.to().port())
                : Optional.empty();
    }

    private static boolean isOfOtherUser(Step step, int uid) {
        return step.uid().isPresent() && step.uid().getAsInt() != uid;
    }

    private List<Case> cases() {
        if (steps.get().isEmpty() == (file.get() == null)) {
            throw Arguments.wrong(spec, "give the steps of a case, or --file");
        }
        try {
            List<Case> cases = StepReader.read(file.get() == null ? steps.get() : lines("--file", file.get()));
            int count = cases.stream().mapToInt(one -> one.steps().size()).sum();
            if (count == 0) {
                throw Arguments.wrong(spec, "there is no step");
            }
            if (count > MOST_STEPS) {
                throw Arguments.wrong(spec, "there are " + count + " steps; " + MOST_STEPS + " is the most at a time");
            }
            return cases;
        } catch (StepSyntaxException e) {
            throw Arguments.wrong(spec, e.getMessage());
        }
    }

    private List<String> lines(String option, String name) {
        try (InputStream in = name.equals("-") ? System.in : Files.newInputStream(Path.of(name))) {
            byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw unreadable(option, name, "it is longer than " + (LARGEST_FILE >> 20) + " MiB");
            }
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
            return text.subSequence(marked ? 1 : 0, text.length())
                    .toString()
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw unreadable(option, name, cause(e));
        } catch (InvalidPathException e) {
            throw unreadable(option, name, "that is no path here: " + e.getReason());
        }
    }

    private ParameterException unreadable(String option, String name, String why) {
        return Arguments.wrong(spec, option + " " + name + ": " + why);
    }

    private static String cause(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (failure instanceof AccessDeniedException) {
            return "it may not be read";
        }
        return failure instanceof CharacterCodingException
                ? "it is not UTF-8 (UTF-16, perhaps)"
                : String.valueOf(failure.getMessage());
    }
}
