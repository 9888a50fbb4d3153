package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.RunningGroups;
import dev.reuseport.print.group.GroupAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport group}. */
final class GroupCommand extends Command {
    private final Supplier<List<String>> which = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .index("0..*")
                    .paramLabel("[tcp|udp] [ADDR:PORT]")
                    .hideParamSyntax(true)
                    .description(
                            "Whose members to show, as tcp 127.0.0.1:80; a port alone, :80 and *:80 are every address of"
                                    + " the port. Without: a line for each address with more than one socket."));

    private final WatchOptions watch = new WatchOptions(this);

    private final Supplier<Format> format = format();

    GroupCommand() {
        super("group", "Show who shares a port now: members, holders, queues, drops and shares.");
        spec.usageMessage()
                .description(
                        "Finds every socket that listens at an address, or for UDP is bound to it, with the processes"
                                + " that have it, its queue and what it dropped; counts who has how many of the"
                                + " connections, and tests the counts against even shares; and warns of what is wrong."
                                + " It connects to nobody and changes nothing.",
                        "")
                .footer(
                        "",
                        "Connections that come and go between two looks are not seen. Whether a program steers"
                                + " (SO_ATTACH_REUSEPORT_CBPF) no kernel tells.",
                        "Ctrl-C ends --watch, with status 130. Linux.",
                        "Exit status: 0 shown; 1 nobody listens there; 3 nothing can be seen.",
                        "Try: reuseport group",
                        "     reuseport group tcp :443 --watch",
                        "     reuseport group udp 127.0.0.1:53 --watch=500ms --count 10 --format json");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(which.get());
        List<Const> protocols = protocols(words);
        if (words.size() > 1) {
            throw Arguments.wrong(spec, "tcp or udp, and one ADDR:PORT, not '" + words.get(1) + "'");
        }
        Optional<Sockaddr> address = words.stream().findFirst().map(text -> Arguments.listening(spec, text));
        watch.check();
        Syscalls syscalls = Binding.JNR.load();
        RunningGroups groups = new RunningGroups(syscalls, Proc.ofHost(), protocols, address);
        RunningGroups.Seen first = groups.look();
        if (address.isPresent() && first.groups().isEmpty()) {
            throw new IOException(nobody(syscalls, protocols, address.get()));
        }
        boolean whole = address.isPresent();
        if (watch.once()) {
            report(new GroupAnswer(first, whole, false), format);
            return ExitCode.OK;
        }
        watch.repeat(
                new GroupAnswer(first, whole, true),
                () -> new GroupAnswer(groups.look(), whole, true),
                format.get() == Format.JSON);
        return ExitCode.OK;
    }

    private String nobody(Syscalls syscalls, List<Const> protocols, Sockaddr address) {
        String asked = String.join(" ", which.get());
        int connected = protocols.contains(Const.IPPROTO_UDP) ? RunningGroups.connected(syscalls, address) : 0;
        return switch (connected) {
            case 0 -> "nobody has " + asked + " in this network namespace";
            case 1 -> "nobody has " + asked + " but one connected UDP socket, which is in no group";
            default -> "nobody has " + asked + " but " + connected + " connected UDP sockets, which are in no group";
        };
    }

    /** Takes the protocol off the words, where one is named. */
    private List<Const> protocols(List<String> words) {
        Optional<Const> named = words.stream().findFirst().flatMap(Arguments::protocol);
        if (named.isPresent()) {
            words.remove(0);
        }
        return named.map(List::of).orElse(RunningGroups.PROTOCOLS);
    }
}
