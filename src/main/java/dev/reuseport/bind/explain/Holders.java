package dev.reuseport.bind.explain;

import dev.reuseport.inspect.PortSockets;
import dev.reuseport.proc.Cgroups;
import dev.reuseport.proc.Container;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who must act so that sockets go, or are bound in another way. A socket lives until the last process closes it, and is not
 * always bound by who has it: systemd binds for services (systemd.socket(5)), docker-proxy stands for a container, and a
 * child has what its parent left open.
 */
final class Holders {
    /** More are named in groups. */
    private static final int MOST_SINGLY = 4;

    private static final String SYSTEMD = "systemd";
    private static final String DOCKER_PROXY = "docker-proxy";
    private static final String ITS_SOCKET_UNIT = "(systemctl list-sockets names it)";

    private final PortSockets.Survey survey;

    Holders(PortSockets.Survey survey) {
        this.survey = survey;
    }

    private List<PortSockets.Found> sockets(List<Integer> numbers) {
        return numbers.stream().map(number -> survey.sockets().get(number - 1)).toList();
    }

    /** Says what makes sockets go, by their numbers: every process of each of them must end. */
    String end(List<Integer> numbers) {
        Set<String> deeds = new LinkedHashSet<>();
        List<PortSockets.Owner> ordinary = new ArrayList<>();
        Set<String> unseen = new LinkedHashSet<>();
        for (PortSockets.Found socket : sockets(numbers)) {
            if (socket.owners().isEmpty()) {
                if (ofNobody(socket)) {
                    deeds.add(
                            "end what has it without a descriptor: an interface of WireGuard or VXLAN, NFS, or a process in a call");
                } else {
                    unseen.add(unseen(socket));
                }
            }
            socket.owners().forEach(owner -> sort(owner, survey.everyProcessSeen(), deeds, ordinary));
        }
        List<String> all = new ArrayList<>(deeds);
        if (!ordinary.isEmpty() || !unseen.isEmpty()) {
            List<String> named = new ArrayList<>(unseen);
            named.add(0, named(ordinary));
            named.removeIf(String::isEmpty);
            all.add("end " + joined(named) + stops(ordinary));
        }
        return String.join(", and ", all);
    }

    /**
     * Says how those are ended whom somebody else started and may start again: services of systemd, whose parent it is, and
     * containers. What was started from within a service, as by somebody logged in, is not that service.
     */
    private static String stops(List<PortSockets.Owner> owners) {
        Set<String> stops = new LinkedHashSet<>();
        for (PortSockets.Owner owner : owners) {
            Origin origin = owner.origin();
            if (origin.container().isPresent()) {
                Container container = origin.container().get();
                if (container.runtime().equals("docker") || container.runtime().equals("podman")) {
                    stops.add(container.runtime() + " stop " + container.shortId());
                }
            } else if (owner.inheritedFrom().isEmpty()
                    && !origin.parents().isEmpty()
                    && manages(origin.parents().get(0))) {
                String user = origin.parents().get(0).pid() == Origin.INIT ? "" : "--user ";
                origin.unit()
                        .filter(unit -> unit.endsWith(".service"))
                        .ifPresent(unit -> stops.add("systemctl " + user + "stop " + new Printable(unit)));
            }
        }
        return stops.isEmpty() ? "" : " (" + String.join(", ", stops) + ")";
    }

    /** Says what makes a socket go that these have: every one of them must end. */
    static String end(List<PortSockets.Owner> owners, boolean everyProcessSeen) {
        Set<String> deeds = new LinkedHashSet<>();
        List<PortSockets.Owner> ordinary = new ArrayList<>();
        owners.forEach(owner -> sort(owner, everyProcessSeen, deeds, ordinary));
        if (!ordinary.isEmpty()) {
            deeds.add("end " + named(ordinary) + stops(ordinary));
        }
        return String.join(", and ", deeds);
    }

    /** Puts an owner with those to end, or what is to do instead with what is to do. */
    private static void sort(
            PortSockets.Owner owner, boolean everyProcessSeen, Set<String> deeds, List<PortSockets.Owner> ordinary) {
        RunningProcess process = owner.process();
        if (manages(process)) {
            deeds.add("systemctl " + (process.pid() == Origin.INIT ? "" : "--user ")
                    + "stop NAME.socket, the unit that " + process + " listens for " + ITS_SOCKET_UNIT);
        } else if (process.command().text().equals(DOCKER_PROXY)) {
            deeds.add("stop " + container(owner));
        } else if (process.pid() == Origin.INIT) {
            deeds.add(
                    everyProcessSeen
                            ? "have " + process + " close it"
                            : "stop the container whose first process " + process + " is");
        } else {
            ordinary.add(owner);
        }
    }

    /**
     * Says who binds sockets, by their numbers, and could set an option before; empty if that is nobody's to do for one of
     * them.
     */
    Optional<String> binders(List<Integer> numbers) {
        Set<RunningProcess> processes = new LinkedHashSet<>();
        Set<String> others = new LinkedHashSet<>();
        for (PortSockets.Found socket : sockets(numbers)) {
            List<RunningProcess> own = socket.owners().stream()
                    .filter(owner -> owner.inheritedFrom().isEmpty() && !owner.stray())
                    .map(PortSockets.Owner::process)
                    .filter(process -> !process.command().text().equals(DOCKER_PROXY))
                    .toList();
            if (own.isEmpty() && (!socket.owners().isEmpty() || ofNobody(socket))) {
                return Optional.empty();
            }
            if (own.isEmpty()) {
                others.add(unseen(socket));
            }
            for (RunningProcess process : own) {
                if (manages(process)) {
                    others.add("the socket unit of " + process + " " + ITS_SOCKET_UNIT);
                } else {
                    processes.add(process);
                }
            }
        }
        List<String> all = new ArrayList<>(others);
        all.add(0, named(processes));
        all.removeIf(String::isEmpty);
        return Optional.of(
                joined(all) + (processes.size() + others.size() == 1 ? " before it binds" : " before they bind"));
    }

    /** Tells whether a process listens for others: systemd, of the system or of a user. */
    private static boolean manages(RunningProcess process) {
        return process.command().text().equals(SYSTEMD);
    }

    /** The container that a docker-proxy forwards to, by its command line. */
    private static String container(PortSockets.Owner proxy) {
        List<String> arguments =
                proxy.origin().arguments().stream().map(Printable::toString).toList();
        Function<String, String> value = name -> {
            int at = arguments.indexOf(name) + 1;
            return at == 0 || at == arguments.size() ? "" : arguments.get(at);
        };
        String address = value.apply("-container-ip");
        String published = value.apply("-host-port");
        return "the container"
                + (address.isEmpty() ? "" : " at " + address + ", port " + value.apply("-container-port"))
                + " that docker-proxy forwards to"
                + (published.isEmpty() ? "" : " (docker ps --filter publish=" + published + " names it)");
    }

    /** Names processes: each by itself, or many by their command. */
    private static String named(List<PortSockets.Owner> owners) {
        return named(
                owners.stream().map(PortSockets.Owner::process).collect(Collectors.toCollection(LinkedHashSet::new)));
    }

    private static String named(Set<RunningProcess> processes) {
        if (processes.size() <= MOST_SINGLY) {
            return joined(processes.stream().map(RunningProcess::toString).toList());
        }
        Map<String, String> pids = processes.stream()
                .collect(Collectors.groupingBy(
                        process -> process.command().toString(),
                        LinkedHashMap::new,
                        Collectors.mapping(process -> Integer.toString(process.pid()), Collectors.joining(" "))));
        List<String> groups = new ArrayList<>();
        pids.forEach((command, numbers) -> groups.add((command.isEmpty() ? "pid" : command) + " " + numbers));
        return processes.size() + " processes (" + String.join(", ", groups) + ")";
    }

    private static String joined(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /** Tells whether no process has a descriptor, where all of them were looked into. */
    boolean ofNobody(PortSockets.Found socket) {
        return survey.everyProcessSeen()
                && socket.inode() != 0
                && socket.owners().isEmpty();
    }

    private static String unseen(PortSockets.Found socket) {
        return "the process of uid " + Integer.toUnsignedString(socket.uid().orElse(0))
                + socket.cgroup()
                        .filter(path -> !path.equals(Cgroups.ROOT))
                        .map(path -> " in the cgroup " + new Printable(path))
                        .orElse("")
                + " that cannot be seen";
    }

    /** Names a socket that has an inode by who has it, as the subject of a sentence. */
    String name(PortSockets.Found socket) {
        String uid = "uid " + Integer.toUnsignedString(socket.uid().orElse(0));
        if (ofNobody(socket)) {
            return "a socket of " + uid + " that no process has a descriptor of";
        }
        if (socket.owners().isEmpty()) {
            return unseen(socket);
        }
        PortSockets.Owner owner = socket.owners().get(0);
        String command =
                owner.process().command().isEmpty() ? "" : owner.process().command() + ", ";
        return "pid " + owner.process().pid() + " (" + command + uid + ", fd " + owner.fd() + ")";
    }

    /** What is to know of who has the sockets, a sentence each. */
    List<String> notes() {
        Set<String> notes = new LinkedHashSet<>();
        for (PortSockets.Found socket : survey.sockets()) {
            for (PortSockets.Owner owner : socket.owners()) {
                Optional<RunningProcess> parent = owner.inheritedFrom();
                if (parent.isPresent() && !manages(parent.get()) && runsAnother(socket, owner)) {
                    notes.add(owner.process() + " did not bind " + socket.local() + ", but inherited it from "
                            + parent.get() + ", and has it still when that one ends: end it too, or start it with"
                            + " close-on-exec (SOCK_CLOEXEC) on the socket");
                } else if (owner.stray()) {
                    notes.add(owner.process() + " is an orphan, and may have inherited " + socket.local()
                            + " from who started it: end it; close-on-exec (SOCK_CLOEXEC) on the socket keeps such a"
                            + " child from having it");
                }
            }
        }
        return List.copyOf(notes);
    }

    /** Tells whether an heir runs another program than the one it has the socket from: it was given it by oversight. */
    private static boolean runsAnother(PortSockets.Found socket, PortSockets.Owner heir) {
        return socket.owners().stream()
                .filter(owner -> heir.inheritedFrom().equals(Optional.of(owner.process())))
                .anyMatch(owner -> owner.origin().executable().isPresent()
                        && heir.origin().executable().isPresent()
                        && !owner.origin().executable().equals(heir.origin().executable()));
    }
}
