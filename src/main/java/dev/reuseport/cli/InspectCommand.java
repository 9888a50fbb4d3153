package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.cli.value.OptionNames;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.ProcessSockets;
import dev.reuseport.inspect.RawOption;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Raw;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.print.AboutAnswer;
import dev.reuseport.print.InspectAnswer;
import dev.reuseport.print.ProcessAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.OptionSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport inspect}. */
final class InspectCommand extends Command {
    enum Type {
        STREAM(Const.SOCK_STREAM),
        DGRAM(Const.SOCK_DGRAM);

        final Const number;

        Type(Const number) {
            this.number = number;
        }
    }

    private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9]+");

    /** Of processes of one name. */
    private static final int MOST_NAMED = 10;

    private final Supplier<List<String>> names = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .paramLabel("NAME")
                    .completionCandidates(new OptionNames())
                    .description("Options by their C names, as SO_REUSEPORT."));

    private final Supplier<String> pid = option(
            String.class,
            "--pid",
            "PID|NAME",
            null,
            "Read the sockets of this process, and open none. A name must be that of one process.");

    private final Supplier<Integer> fd = option(Integer.class, "--fd", "N", null, "With --pid: only this descriptor.");

    private final Supplier<Mode> mode =
            mode("native: getsockopt through jnr-ffi. ffm: the same through java.lang.foreign (Java 22)."
                    + " jdk: getOption of a SocketChannel or DatagramChannel, which shows no bytes, and the"
                    + " JDK's name of each option, with the C name that it reaches if that is another."
                    + " Default: ${DEFAULT-VALUE}.");

    private final Supplier<Family> family = family();

    private final Supplier<Type> type =
            option(Type.class, "--type", "stream|dgram", "stream", "Default: ${DEFAULT-VALUE}.");

    private final Supplier<List<String>> settings = options(
            String.class,
            OptionSpec.builder("--set")
                    .paramLabel("NAME=VALUE")
                    .description("Set this option first; LEVEL:NAME:BYTES too. May be repeated."));

    private final Supplier<List<String>> raws = options(
            String.class,
            OptionSpec.builder("--raw")
                    .paramLabel("LEVEL:NAME:LEN")
                    .description("Read LEN bytes of an option that is not in the table, by C names or numbers. Not with"
                            + " --mode jdk. May be repeated."));

    private final Supplier<Boolean> about = flag(
            "--about",
            "Read nothing: say what the options are, where they are documented, what setting them takes, and their numbers"
                    + " on every platform.");

    private final Supplier<Format> format = format();

    InspectCommand() {
        super("inspect", "Read every option of a fresh socket, or of a running process's sockets.");
        spec.usageMessage()
                .description(
                        "Each option with its value and the bytes that the kernel returned; where there is no value,"
                                + " why: not defined on this system, refused with an errno, or of an unknown shape.",
                        "With --pid, each TCP and UDP socket of that process, with its addresses, its state and a"
                                + " listener's accept queue; the process notices nothing. Needs Linux 5.6, and the same"
                                + " user or CAP_SYS_PTRACE; where a descriptor may be seen and its socket not read, what"
                                + " the kernel tells everybody is shown, and the rest is unknown.",
                        "")
                .footer(
                        "",
                        "--set values: on, off; integers; seconds with a fraction for timeouts; off or seconds for"
                                + " SO_LINGER; text for names. Whatever fits into the option's bytes is handed to the"
                                + " kernel, and what it says is shown. LEVEL:NAME:BYTES is by numbers or C names, and"
                                + " bytes in hex as they lie in memory, or none.",
                        "Try: reuseport inspect SO_RCVTIMEO --set SO_RCVTIMEO=0.25",
                        "     reuseport inspect SO_REUSEPORT --set 1:15:01000000",
                        "     reuseport inspect --raw SOL_SOCKET:SO_RCVBUF:4 --raw 41:16:4",
                        "     reuseport inspect --pid redis-server SO_REUSEADDR SO_REUSEPORT");
    }

    @Override
    public Integer call() throws IOException {
        List<SockOpt<?>> options = Arguments.options(spec, names.get());
        if (about.get()) {
            Arguments.refuse(
                    spec,
                    "asks of a socket, and --about of none",
                    "--pid",
                    "--fd",
                    "--mode",
                    "--family",
                    "--type",
                    "--set",
                    "--raw");
            report(new AboutAnswer(options, host()), format);
            return ExitCode.OK;
        }
        if (pid.get() != null) {
            return inspectProcess(options);
        }
        if (fd.get() != null) {
            throw Arguments.wrong(spec, "--fd is a descriptor of --pid PID");
        }
        List<? extends Setting<?>> toSet = settings.get().stream()
                .map(text -> Arguments.setting(spec, text))
                .toList();
        List<RawOption> toReadRaw =
                raws.get().stream().map(text -> Arguments.raw(spec, text)).toList();
        if (mode.get() == Mode.JDK && !toReadRaw.isEmpty()) {
            throw Arguments.wrong(spec, "--raw is not for --mode jdk, which takes no numbers");
        }
        boolean onlyRaw = names.get().isEmpty() && !toReadRaw.isEmpty();
        List<Reading> readings;
        Map<RawOption, Probe<Raw>> rawReadings = new LinkedHashMap<>();
        try (OptionSocket socket = mode.get().open(family.get().number, type.get().number)) {
            for (Setting<?> setting : toSet) {
                socket.set(setting);
            }
            readings = onlyRaw ? List.of() : Reading.all(socket, options);
            if (socket instanceof NativeSocket byNumber) {
                toReadRaw.forEach(option -> rawReadings.put(option, option.readFrom(byNumber)));
            }
        }
        report(
                new InspectAnswer(mode.get(), family.get().number, type.get().number, readings, rawReadings, named()),
                format);
        return ExitCode.OK;
    }

    @Override
    Optional<String> withoutIpv6() {
        return family.get() == Family.INET6 ? Optional.of("--family inet") : Optional.empty();
    }

    private boolean named() {
        return !names.get().isEmpty();
    }

    /** The process that is meant: by its number, or by its name where one alone has that. */
    private int pid() throws IOException {
        if (NUMBER.matcher(pid.get()).matches()) {
            return Arguments.pid(spec, pid.get());
        }
        List<RunningProcess> named = new ArrayList<>();
        for (int each : Proc.ofHost().pids()) {
            RunningProcess process = Proc.ofHost().process(each);
            if (process.command().text().equals(pid.get())) {
                named.add(process);
            }
        }
        if (named.isEmpty()) {
            throw Arguments.wrong(spec, "no process that is shown here is named '" + pid.get() + "'");
        }
        if (named.size() > 1) {
            String which = named.stream()
                    .limit(MOST_NAMED)
                    .map(each -> Integer.toString(each.pid()))
                    .collect(Collectors.joining(", "));
            throw Arguments.wrong(
                    spec,
                    named.size() + " processes are named '" + pid.get() + "', which? --pid takes "
                            + (named.size() > MOST_NAMED ? which + " and so on" : which));
        }
        return named.get(0).pid();
    }

    private int inspectProcess(List<SockOpt<?>> options) throws IOException {
        Arguments.refuse(
                spec, "is for a fresh socket, not with --pid", "--mode", "--family", "--type", "--set", "--raw");
        int pid = pid();
        if (pid < 1 || (fd.get() != null && fd.get() < 0)) {
            throw Arguments.wrong(spec, "--pid is 1 or more, --fd 0 or more");
        }
        Syscalls syscalls = Binding.JNR.load();
        try (ProcessSockets process = ProcessSockets.open(syscalls, Proc.ofHost(), new Scratch(syscalls), pid)) {
            ProcessSockets.Inventory found = fd.get() == null ? process.readAll(options) : one(process, options);
            report(new ProcessAnswer(process.process(), found, named()), format);
            Proc.ofHost()
                    .otherNamespace(pid, "net")
                    .ifPresent(name -> warn(process.process() + " is in another network namespace, " + name
                            + ", which has ports of its own"));
            found.lost().forEach(this::warn);
            found.sockets().stream()
                    .flatMap(socket -> socket.unread().stream())
                    .map(ForeignSocket.Unread::reason)
                    .findFirst()
                    .ifPresent(reason -> warn(reason + "; shown is what the kernel tells everybody"));
            if (found.untold() > 0) {
                warn("of its sockets that may not be read, the kernel does not tell of " + found.untold()
                        + ": another kind of socket, of another network namespace, or without a port");
            }
            if (!found.lost().isEmpty()) {
                return ExitCode.SOFTWARE;
            }
            return named() && found.sockets().stream().anyMatch(InspectCommand::untold) ? NOT_POSSIBLE : ExitCode.OK;
        }
    }

    private ProcessSockets.Inventory one(ProcessSockets process, List<SockOpt<?>> options) throws IOException {
        ForeignSocket socket = process.readOrAsk(process.link(fd.get()), options)
                .orElseThrow(() -> new IOException(
                        process.process() + ": fd " + fd.get() + " is a socket, but neither TCP nor UDP over IP"));
        return new ProcessSockets.Inventory(List.of(socket), List.of(), 0, List.of());
    }

    /** Tells whether an option that was asked for would have had to be read. */
    private static boolean untold(ForeignSocket socket) {
        return socket.unread().isPresent()
                && socket.readings().stream().anyMatch(reading -> reading.probe() instanceof Probe.Unknown<?>);
    }
}
