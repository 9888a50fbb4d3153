package dev.reuseport.print;

import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.explain.Explain;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Cgroups;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Why a bind fails, and who is in its way. */
public record ExplainAnswer(Explain.Request request, Explanation explanation) implements Answer {
    /** More rows than anybody reads. */
    private static final int MOST_ROWS = 40;

    /** Former connections of a server that each get a row. */
    private static final int MOST_WAITING = 2;

    /** What goes into a cell. */
    private static final int MOST_NAMED = 3;

    @Override
    public Json json() {
        return into(new Json());
    }

    /** Adds its keys. */
    Json into(Json json) {
        return json.with("verdict", explanation.verdict())
                .with("call", unlessEmpty(explanation.call()))
                .with("untried", unlessEmpty(explanation.untried()))
                .with("predicted", explanation.predicted())
                .with("agrees", explanation.agrees())
                .with("rule", explanation.rule())
                .with("reason", explanation.reason())
                .with(
                        "remedies",
                        explanation.remedies().stream()
                                .map(Explanation.Remedy::text)
                                .toList())
                .with(
                        "owners",
                        explanation.members().stream().map(ExplainAnswer::owner).toList())
                .with("notes", explanation.notes());
    }

    private static Optional<String> unlessEmpty(String text) {
        return Optional.of(text).filter(some -> !some.isEmpty());
    }

    private static Json owner(Explanation.Member member) {
        PortSockets.Found socket = member.socket();
        return Owners.with(new Json(), socket.owners().stream().findFirst())
                .with(
                        "uid",
                        socket.uid().stream().mapToObj(Integer::toUnsignedLong).findFirst())
                .with("state", socket.state().name())
                .with("local", socket.local())
                .with("peer", socket.peer())
                .with("reuseAddr", flag(socket, SockOpts.SO_REUSEADDR))
                .with("reusePort", flag(socket, SockOpts.SO_REUSEPORT))
                .with("v6only", socket.v6only())
                .with("device", socket.device())
                .with("queue", socket.waiting())
                .with("backlog", socket.queue().map(AcceptQueue::limit))
                .with("cgroup", socket.cgroup())
                .with("inTheWay", member.inTheWay())
                .with(
                        "alsoHeldBy",
                        socket.owners().stream()
                                .skip(1)
                                .map(owner -> Owners.with(new Json(), Optional.of(owner)))
                                .toList());
    }

    private static <T> Optional<T> flag(PortSockets.Found socket, SockOpt<T> option) {
        return socket.read().flatMap(read -> read.value(option));
    }

    @Override
    public void print(PrintWriter out) {
        StringBuilder what = new StringBuilder(request.protocol() + " " + request.address());
        for (Setting<?> setting : request.settings()) {
            what.append(' ').append(setting.shortText());
        }
        request.uid().ifPresent(uid -> what.append(" as uid ").append(Integer.toUnsignedString(uid)));
        out.println(what + ": "
                + (explanation.verdict().ok() ? Colour.GOOD : Colour.BAD)
                        .on(out, explanation.verdict().toString())
                + (explanation.call().isEmpty() ? "" : " from " + explanation.call())
                + (explanation.untried().isEmpty()
                        ? ""
                        : (explanation.agrees() ? " by the rules, " : ", ") + explanation.untried() + " not tried"));
        if (explanation.doubt().isEmpty()) {
            out.println((explanation.agrees() ? "Why: " : "") + explanation.reason());
        } else {
            Explanation.Doubt doubt = explanation.doubt().get();
            out.println("Why: " + doubt.begin());
            doubt.reasons().forEach(reason -> out.println("  - " + reason));
        }
        if (!explanation.remedies().isEmpty()) {
            out.println();
            out.println("Any one of these would be enough:");
            for (Explanation.Remedy remedy : explanation.remedies()) {
                out.println("  - " + remedy.text() + (remedy.tried() ? " (tried: it is)" : ""));
            }
        }
        if (!explanation.members().isEmpty()) {
            out.println();
            printMembers(out);
        }
        for (String note : explanation.notes()) {
            out.println();
            out.println("Note: " + note + ".");
        }
    }

    private static boolean timeWait(Explanation.Member member) {
        return member.socket().state() == SocketState.TIME_WAIT;
    }

    private void printMembers(PrintWriter out) {
        List<Explanation.Member> waiting =
                explanation.members().stream().filter(ExplainAnswer::timeWait).toList();
        boolean folded = waiting.size() > MOST_WAITING;
        List<Explanation.Member> sorted = new ArrayList<>(explanation.members());
        if (folded) {
            sorted.removeAll(waiting);
        }
        sorted.sort(Comparator.comparing(member -> !member.inTheWay()));
        Table table = new Table().head("member", "pid", "fd", "uid", "address", "state", "flags", "queue", "");
        for (int i = 0; i < Math.min(MOST_ROWS, sorted.size()); i++) {
            PortSockets.Found socket = sorted.get(i).socket();
            table.row(
                    Integer.toString(i + 1),
                    pid(socket),
                    socket.owners().stream()
                            .findFirst()
                            .map(owner -> Integer.toString(owner.fd()))
                            .orElse("-"),
                    socket.uid().isPresent()
                            ? Integer.toUnsignedString(socket.uid().getAsInt())
                                    + sorted.get(i)
                                            .user()
                                            .map(name -> " " + new Printable(name))
                                            .orElse("")
                            : "-",
                    socket.local() + socket.peer().map(peer -> " to " + peer).orElse(""),
                    socket.state().name(),
                    flags(socket),
                    queue(socket),
                    sorted.get(i).inTheWay() ? Colour.BAD.on(out, "in the way") : "");
        }
        if (!sorted.isEmpty()) {
            table.print(out, "");
        }
        if (folded) {
            out.println((sorted.isEmpty() ? "" : "and ") + waiting.size() + " in TIME_WAIT"
                    + (waiting.stream().anyMatch(Explanation.Member::inTheWay) ? ", in the way" : ""));
        }
        if (sorted.size() > MOST_ROWS) {
            out.println("and " + (sorted.size() - MOST_ROWS) + " more, all of them with --format json");
        }
        Owners.print(
                sorted.stream()
                        .flatMap(member -> member.socket().owners().stream())
                        .toList(),
                out);
    }

    private static String pid(PortSockets.Found socket) {
        if (socket.owners().isEmpty()) {
            return socket.cgroup()
                    .filter(path -> !path.equals(Cgroups.ROOT))
                    .map(path -> "in " + new Printable(path))
                    .orElse("-");
        }
        List<String> names = socket.owners().stream()
                .map(PortSockets.Owner::process)
                .distinct()
                .map(process -> process.pid() + " " + process.command())
                .toList();
        return names.size() <= MOST_NAMED
                ? String.join(", ", names)
                : names.get(0) + " and " + (names.size() - 1) + " more";
    }

    private static String queue(PortSockets.Found socket) {
        return socket.queue()
                .map(AcceptQueue::toString)
                .orElse(socket.waiting().isPresent() ? socket.waiting().getAsLong() + " of ?" : "-");
    }

    /** What is on, and what nobody may know: the kernel tells everybody of some flags alone. */
    private static String flags(PortSockets.Found socket) {
        if (socket.read().isEmpty() && socket.told().isEmpty()) {
            return "not known";
        }
        List<String> flags = new ArrayList<>();
        for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT)) {
            flags.add(flag(socket, option).map(set -> set ? option.name() : "").orElse(option.name() + "=?"));
        }
        flags.add(socket.v6only()
                .filter(set -> set)
                .map(set -> SockOpts.IPV6_V6ONLY.name())
                .orElse(""));
        flags.add(socket.device()
                .map(name -> SockOpts.SO_BINDTODEVICE.name() + "=" + new Printable(name))
                .orElse(""));
        flags.removeIf(String::isEmpty);
        return flags.isEmpty() ? "-" : String.join(" ", flags);
    }
}
