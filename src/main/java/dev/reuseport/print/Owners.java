package dev.reuseport.print;

import dev.reuseport.inspect.PortSockets;
import dev.reuseport.proc.Container;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The processes that have sockets: who they are, since when, and where they come from. */
public final class Owners {
    /** More than anybody reads. */
    private static final int MOST = 20;

    private static final int LONGEST_COMMAND = 100;
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    private Owners() {}

    /** Adds what there is to say of one, and nulls if there is none. */
    static Json with(Json json, Optional<PortSockets.Owner> owner) {
        Optional<Origin> origin = owner.map(PortSockets.Owner::origin);
        return json.with("pid", owner.map(each -> each.process().pid()))
                .with("fd", owner.map(PortSockets.Owner::fd))
                .with("command", owner.map(each -> each.process().command().text()))
                .with("commandLine", origin.map(Origin::commandLine).filter(line -> !line.isEmpty()))
                .with("user", origin.flatMap(Origin::user))
                .with("since", origin.flatMap(Origin::since))
                .with(
                        "parents",
                        origin.map(from ->
                                from.parents().stream().map(Owners::named).toList()))
                .with("unit", origin.flatMap(Origin::unit))
                .with("container", origin.flatMap(Origin::container))
                .with("netns", origin.flatMap(Origin::netns))
                .with("pidns", origin.flatMap(Origin::pidns))
                .with("inherited", owner.map(each -> each.inheritedFrom().isPresent()))
                .with(
                        "inheritedFrom",
                        owner.flatMap(PortSockets.Owner::inheritedFrom).map(RunningProcess::pid))
                .with("orphan", origin.map(Origin::orphan));
    }

    private static Json named(RunningProcess process) {
        return new Json()
                .with("pid", process.pid())
                .with("command", process.command().text());
    }

    /** Prints two lines for each process that has one of the sockets, or for several that differ in their number alone. */
    public static void print(List<PortSockets.Owner> all, PrintWriter out) {
        Map<Integer, PortSockets.Owner> owners = new LinkedHashMap<>();
        all.forEach(owner -> owners.putIfAbsent(owner.process().pid(), owner));
        Map<String, List<String>> alike = new LinkedHashMap<>();
        owners.forEach((pid, owner) -> alike.computeIfAbsent(
                        shown(owner) + System.lineSeparator() + "  " + String.join(", ", described(owner, all)),
                        lines -> new ArrayList<>())
                .add(pid.toString()));
        if (!alike.isEmpty()) {
            out.println();
        }
        alike.entrySet().stream().limit(MOST).forEach(group -> {
            List<String> pids = group.getValue();
            out.println("pid " + String.join(", ", pids.subList(0, Math.min(MOST, pids.size())))
                    + (pids.size() > MOST ? " and " + (pids.size() - MOST) + " more" : "") + ": " + group.getKey());
        });
        if (alike.size() > MOST) {
            out.println("and more processes, all of them with --format json");
        }
    }

    private static String shown(PortSockets.Owner owner) {
        String command = owner.origin().commandLine();
        return command.isEmpty() ? owner.process().command().toString() : cut(command);
    }

    private static String cut(String command) {
        int end = Math.min(LONGEST_COMMAND, command.codePointCount(0, command.length()));
        String shown = command.substring(0, command.offsetByCodePoints(0, end));
        return new Printable(shown) + (shown.length() < command.length() ? "..." : "");
    }

    private static List<String> described(PortSockets.Owner owner, List<PortSockets.Owner> all) {
        Origin origin = owner.origin();
        List<String> said = new ArrayList<>();
        owner.process().uid().ifPresent(uid -> {
            String number = Integer.toUnsignedString(uid);
            said.add(origin.user()
                    .map(name -> "user " + new Printable(name) + " (" + number + ")")
                    .orElse("uid " + number));
        });
        origin.since().map(Owners::time).ifPresent(time -> said.add("since " + time));
        origin.unit().ifPresent(unit -> said.add("unit " + new Printable(unit)));
        origin.container().map(Owners::container).ifPresent(said::add);
        origin.netns().ifPresent(namespace -> said.add("in another network namespace, " + namespace));
        if (origin.pidThere().isPresent()) {
            said.add("pid " + origin.pidThere().getAsInt() + " in "
                    + origin.pidns().orElse("a pid namespace of its own"));
        }
        owner.inheritedFrom()
                .ifPresent(parent ->
                        said.add("inherited from " + parent + (bound(parent, all) ? ", which bound it" : "")));
        String parents = chain(origin.parents());
        if (origin.orphan()) {
            said.add("an orphan: its parent has gone, and " + parents + " has it");
        } else if (!parents.isEmpty()) {
            said.add("started by " + parents);
        }
        return said;
    }

    /** systemd binds for others too, and else a process that no parent of which has the socket bound it. */
    private static boolean bound(RunningProcess parent, List<PortSockets.Owner> all) {
        return all.stream()
                .filter(owner -> owner.process().equals(parent))
                .noneMatch(owner -> owner.inheritedFrom().isPresent() || owner.stray());
    }

    private static String time(Instant instant) {
        return SECONDS.format(instant.atZone(ZoneId.systemDefault()));
    }

    private static String container(Container container) {
        String runtime = container.runtime().isEmpty() ? "" : container.runtime() + " ";
        return "container " + runtime + new Printable(container.shortId());
    }

    /** The oldest first. */
    private static String chain(List<RunningProcess> parents) {
        List<String> names = parents.stream()
                .map(parent -> (parent.command().isEmpty() ? "pid" : parent.command()) + " (" + parent.pid() + ")")
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.reverse(names);
        return String.join(" > ", names);
    }
}
