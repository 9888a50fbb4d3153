package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.explain.Explain;
import dev.reuseport.bind.explain.ExplainUnix;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.cli.value.OptionNames;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.inspect.NetworkNamespace;
import dev.reuseport.option.Setting;
import dev.reuseport.print.ExplainAnswer;
import dev.reuseport.print.ExplainAnswers;
import dev.reuseport.print.ExplainUnixAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport explain}. */
final class ExplainCommand extends Command {
    private static final String UNIX = "unix";
    private static final Pattern ENDPOINT = Pattern.compile("[0-9:]");

    /** The last word of a step of {@code try}; a TCP socket listens all the same. */
    private static final String LISTEN = "listen";

    private final Supplier<String> protocol = argument(
            String.class,
            PositionalParamSpec.builder()
                    .index("0")
                    .paramLabel("tcp|udp|unix")
                    .description("The protocol. tcp may be left out."));

    private final Supplier<String> endpoint = argument(
            String.class,
            PositionalParamSpec.builder()
                    .index("1")
                    .defaultValue("")
                    .paramLabel("ADDR:PORT")
                    .description(
                            "Where to bind, as [::]:80 or 127.0.0.1:53; a port alone, :80 and *:80 are the wildcard of"
                                    + " IPv6, or of IPv4 where there is no other. Of a name all addresses"
                                    + " are explained. Of unix a path, or @NAME."));

    private final Supplier<List<String>> options = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .index("2..*")
                    .completionCandidates(new OptionNames())
                    .paramLabel("OPTION[=VALUE]")
                    .description("What is set before. Without VALUE: on. Of unix also stream (the default) or dgram."));

    private final Supplier<Integer> uid = option(
            Integer.class,
            "--uid",
            "N",
            null,
            "Bind as this effective user, in a process of its own. Needs root with CAP_SETUID.");

    private final Supplier<Boolean> anyway =
            flag("--try", "Try even what may take a datagram, or reset a connection, of those who have the port.");

    private final Supplier<Integer> netns = option(
            Integer.class,
            "--netns",
            "PID",
            null,
            "Look, and bind, in the network namespace of this process. Linux; needs CAP_SYS_ADMIN.");

    private final Supplier<Format> format = format();

    ExplainCommand() {
        super("explain", "Say whether a bind would succeed now, who is in its way, and what would change that.");
        spec.usageMessage()
                .customSynopsis("reuseport explain [OPTIONS] [tcp|udp|unix] ADDR:PORT [OPTION[=VALUE]...]")
                .description(
                        "Tries bind, and for TCP listen, with the given options and undoes both at once; finds every"
                                + " socket that has the port and reads its flags out of its process; and names the rule"
                                + " that decided. While it is tried, a TCP client that is given to this listener"
                                + " connects a second later. A UDP bind that others on the port could lose a datagram"
                                + " by is not tried, nor a TCP listen where its clients cannot be made to wait: then the"
                                + " answer is the rules', and says so.",
                        "")
                .footer(
                        "",
                        "Options are what your program sets before it binds, by their C names; IPV6_V6ONLY=1 and"
                                + " SO_BINDTODEVICE=lo too, and by numbers 1:15:01000000 (LEVEL:NAME:BYTES).",
                        "Exit status: 0 explained, whatever the answer; 1 the kernel does not do what the rules say.",
                        "Try: reuseport explain 8080",
                        "     reuseport explain tcp '[::1]:60001' SO_REUSEADDR SO_REUSEPORT");
    }

    @Override
    public Integer call() throws IOException {
        Syscalls syscalls = Binding.JNR.load();
        if (protocol().equalsIgnoreCase(UNIX)) {
            Step.Unix name = unix();
            enter(syscalls);
            report(
                    new ExplainUnixAnswer(ExplainUnix.run(
                            syscalls, Proc.ofHost(), ownProgram().bindAs(), name)),
                    format);
            return ExitCode.OK;
        }
        SystemRules rules = Ruleset.of(syscalls.abi().platform(), Proc.ofHost().release())
                .orElseThrow(() -> new NotPossibleException(
                        "the bind rules of " + syscalls.abi().platform().id() + " are not known"))
                .rules();
        List<Explain.Request> requests = Arguments.endpoints(spec, endpoint()).stream()
                .map(this::request)
                .toList();
        enter(syscalls);
        List<String> asUser = ownProgram().bindAs();
        List<ExplainAnswer> answers = new ArrayList<>();
        for (Explain.Request request : requests) {
            answers.add(new ExplainAnswer(request, Explain.run(syscalls, Proc.ofHost(), rules, asUser, request)));
        }
        report(answers.size() == 1 ? answers.get(0) : new ExplainAnswers(answers), format);
        if (format.get() == Format.TEXT
                && syscalls.geteuid() != 0
                && answers.stream().anyMatch(ExplainCommand::unread)) {
            warn("root may read those flags: sudo " + typed()
                    + (uid.get() == null ? " --uid " + Integer.toUnsignedString(syscalls.geteuid()) : ""));
        }
        if (answers.stream()
                .anyMatch(answer ->
                        Ipv6Hint.concerns(answer.explanation().verdict().name()))) {
            withoutIpv6().flatMap(Ipv6Hint::of).ifPresent(hint -> warn(hint));
        }
        return answers.stream().allMatch(answer -> answer.explanation().agrees()) ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private static boolean unread(ExplainAnswer answer) {
        return answer.explanation().members().stream()
                .map(Explanation.Member::socket)
                .anyMatch(socket -> socket.read().isEmpty() && socket.state() == SocketState.LISTEN);
    }

    /** This command, as a shell takes it. */
    private OwnProgram.Line typed() {
        return new OwnProgram.Line(spec.root().commandLine().getParseResult().originalArgs());
    }

    /** Tells whether the first word is where to bind, as of {@code explain 8080}: a protocol has neither digit nor colon. */
    private boolean protocolLeftOut() {
        return ENDPOINT.matcher(protocol.get()).find();
    }

    private String protocol() {
        return protocolLeftOut() ? "tcp" : protocol.get();
    }

    private String endpoint() {
        String where = protocolLeftOut() ? protocol.get() : endpoint.get();
        if (where.isEmpty()) {
            throw Arguments.wrong(spec, "where? A port, or an address and a port, as '[::1]:8080'");
        }
        return where;
    }

    private List<String> options() {
        List<String> words = new ArrayList<>(options.get());
        if (protocolLeftOut() && !endpoint.get().isEmpty()) {
            words.add(0, endpoint.get());
        }
        return words;
    }

    private void enter(Syscalls syscalls) throws IOException {
        if (netns.get() != null) {
            NetworkNamespace.enter(syscalls, Proc.ofHost(), netns.get());
        }
    }

    @Override
    Optional<String> withoutIpv6() {
        if (protocol().equalsIgnoreCase(UNIX)) {
            return Optional.empty();
        }
        Sockaddr address = Arguments.listening(spec, endpoint());
        return Ipv6Hint.ipv4For(address).map(four -> "explain " + protocol() + " " + four + ":" + address.port());
    }

    private Step.Unix unix() {
        String name = endpoint();
        if (name.isEmpty() || name.equals("@") || name.indexOf('\0') >= 0) {
            throw Arguments.wrong(spec, "unix takes a path, or @ and a name");
        }
        List<String> words = new ArrayList<>(options());
        boolean dgram = words.remove("dgram");
        words.remove("stream");
        return new Step.Unix(name, !dgram, settings(words), uid(), false);
    }

    private List<Setting<?>> settings(List<String> words) {
        List<Setting<?>> settings = new ArrayList<>();
        for (String word : words) {
            settings.add(Arguments.setting(spec, word));
        }
        return settings;
    }

    private OptionalInt uid() {
        if (uid.get() == null) {
            return OptionalInt.empty();
        }
        if (uid.get() < 0) {
            throw Arguments.wrong(spec, "--uid is 0 or more, not " + uid.get());
        }
        return OptionalInt.of(uid.get());
    }

    private Explain.Request request(Sockaddr address) {
        Protocol which = switch (protocol().toLowerCase(Locale.ROOT)) {
            case "tcp" -> Protocol.TCP;
            case "udp" -> Protocol.UDP;
            default -> throw Arguments.wrong(spec, "tcp, udp or unix, not '" + protocol() + "'");
        };
        List<String> words = new ArrayList<>(options());
        if (which == Protocol.TCP) {
            words.remove(LISTEN);
        }
        return new Explain.Request(which, address, settings(words), uid(), anyway.get());
    }
}
