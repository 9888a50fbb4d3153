package dev.reuseport.print.group;

import dev.reuseport.abi.Const;
import dev.reuseport.experiment.group.RunningGroup;
import dev.reuseport.experiment.group.RunningGroups;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.SockOpts;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Colour;
import dev.reuseport.print.Json;
import dev.reuseport.print.Owners;
import dev.reuseport.print.Table;
import dev.reuseport.proc.Cgroups;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Groups that run: for people a line for each, or for one that was asked for its members and its processes.
 *
 * @param whole whether more than a line is wanted
 * @param again whether this is one of several looks: rates stand beside the counts, and where processes come from does not
 */
public record GroupAnswer(RunningGroups.Seen seen, boolean whole, boolean again) implements Answer {
    /** More rows than anybody reads. */
    private static final int MOST_ROWS = 40;

    private static final String UNKNOWN = "?";

    @Override
    public Json json() {
        List<Json> groups = new ArrayList<>();
        for (int i = 0; i < seen.groups().size(); i++) {
            groups.add(group(seen.groups().get(i), seen.warnings().get(i)));
        }
        Json json = new Json().with("groups", groups).with("notes", seen.notes());
        return again ? timed(json) : json;
    }

    /** Adds what one of several looks has. */
    Json timed(Json json) {
        return json.with("seconds", seen.between().map(GroupAnswer::seconds)).with("listenOverflows", seen.overflows());
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }

    private Json group(RunningGroup group, List<String> warnings) {
        return new Json()
                .with("protocol", protocol(group))
                .with("local", group.local())
                .with("v6only", group.sockets().get(0).found().v6only())
                .with("device", group.device())
                .with(
                        "members",
                        group.sockets().stream()
                                .map(socket -> into(new Json().with("index", socket.index()), socket))
                                .toList())
                .with(
                        "processes",
                        group.shares().stream()
                                .map(share -> process(group, share))
                                .toList())
                .with("waiting", group.waiting())
                .with("unseen", group.unseen())
                .with("new", group.fresh())
                .with("chiSquare", group.uniformity().map(Uniformity::chiSquare))
                .with("degreesOfFreedom", group.uniformity().map(Uniformity::degreesOfFreedom))
                .with("pValue", group.uniformity().map(Uniformity::pValue))
                .with("warnings", warnings);
    }

    /** Adds the keys of a member. */
    Json into(Json head, RunningGroup.Socket socket) {
        Optional<RunningProcess> server = socket.servers().stream().findFirst();
        Json json = head.with("pid", server.map(RunningProcess::pid))
                .with("command", server.map(process -> process.command().text()))
                .with(
                        "holders",
                        socket.found().owners().stream()
                                .map(owner -> new Json()
                                        .with("pid", owner.process().pid())
                                        .with(
                                                "command",
                                                owner.process().command().text())
                                        .with("fd", owner.fd())
                                        .with("unit", owner.origin().unit())
                                        .with("container", owner.origin().container()))
                                .toList())
                .with(
                        "uid",
                        socket.found().uid().stream()
                                .mapToObj(Integer::toUnsignedLong)
                                .findFirst())
                .with("state", socket.found().state().name())
                .with("reuseAddr", socket.reuseAddr())
                .with("reusePort", socket.reusePort())
                .with("queue", socket.queue())
                .with("limit", socket.limit())
                .with("drops", socket.drops())
                .with("cgroup", socket.found().cgroup());
        return again ? json.with("newDrops", seen.drops().get(socket.found().inode())) : json;
    }

    private static Json process(RunningGroup group, RunningGroup.Share share) {
        return new Json()
                .with("pid", share.process().pid())
                .with("command", share.process().command().text())
                .with("established", share.established())
                .with("share", group.established() == 0 ? null : (double) share.established() / group.established())
                .with("new", share.fresh());
    }

    static String protocol(RunningGroup group) {
        return group.protocol() == Const.IPPROTO_UDP ? "udp" : "tcp";
    }

    @Override
    public void print(PrintWriter out) {
        if (whole) {
            if (seen.groups().isEmpty()) {
                out.println("nobody has this address now");
            }
            for (int i = 0; i < seen.groups().size(); i++) {
                if (i > 0) {
                    out.println();
                }
                print(seen.groups().get(i), seen.warnings().get(i), out);
            }
        } else {
            printLines(out);
        }
        seen.overflows()
                .ifPresent(count ->
                        out.println("ListenOverflows of this network namespace: " + perSecond(count) + " a second"));
        for (String note : seen.notes()) {
            out.println("Note: " + note);
        }
    }

    private void printLines(PrintWriter out) {
        if (seen.groups().isEmpty()) {
            out.println("no address of this network namespace has more than one socket");
            return;
        }
        Table table = new Table()
                .head("", "address", "members", "processes", "established", again ? "new/s" : "", "warnings");
        for (int i = 0; i < seen.groups().size(); i++) {
            RunningGroup group = seen.groups().get(i);
            int warnings = seen.warnings().get(i).size();
            table.row(
                    protocol(group),
                    address(group),
                    Integer.toString(group.sockets().size()),
                    Integer.toString(group.shares().size()),
                    Long.toString(group.established()),
                    again ? rate(group.fresh()) : "",
                    warnings == 0 ? "-" : Integer.toString(warnings));
        }
        table.print(out, "");
    }

    static String address(RunningGroup group) {
        return group.local()
                + (group.v6only() && group.local().wildcard() ? " (IPv6 only)" : "")
                + group.device().map(name -> " on " + new Printable(name)).orElse("");
    }

    private void print(RunningGroup group, List<String> warnings, PrintWriter out) {
        boolean udp = group.protocol() == Const.IPPROTO_UDP;
        int count = group.sockets().size();
        out.println(protocol(group) + " " + address(group) + ": " + (count == 1 ? "one socket" : count + " sockets")
                + (count == 1 ? "" : udp ? ", in the order of bind" : ", in the order of listen"));
        if (again) {
            // A terminal may be too small for the rest.
            warnings.forEach(warning -> out.println(Colour.DOUBT.on(out, "Warning:") + " " + warning));
        }
        out.println();
        printMembers(group, udp, out);
        if (!group.shares().isEmpty() || group.unseen() > 0) {
            out.println();
            printShares(group, udp, out);
        }
        if (!again && !warnings.isEmpty()) {
            out.println();
            warnings.forEach(warning -> out.println(Colour.DOUBT.on(out, "Warning:") + " " + warning));
        }
        if (!again) {
            Owners.print(
                    group.sockets().stream()
                            .flatMap(socket -> socket.found().owners().stream())
                            .toList(),
                    out);
        }
    }

    private void printMembers(RunningGroup group, boolean udp, PrintWriter out) {
        List<RunningGroup.Socket> rows = new ArrayList<>(group.sockets());
        if (rows.size() > MOST_ROWS) {
            rows.sort(Comparator.comparing(
                            (RunningGroup.Socket socket) -> -socket.queue().orElse(0))
                    .thenComparing(socket -> -socket.drops().orElse(0)));
        }
        Table table = new Table()
                .head(
                        "member",
                        "pid",
                        again ? "" : "uid",
                        "flags",
                        udp ? "receive queue" : "queue",
                        "drops",
                        again ? "drops/s" : "");
        for (RunningGroup.Socket socket : rows.subList(0, Math.min(MOST_ROWS, rows.size()))) {
            table.row(
                    Integer.toString(socket.index()),
                    pid(socket),
                    again ? "" : uid(socket),
                    flags(socket),
                    socket.boundOnly() ? "does not listen" : number(socket.queue()) + " of " + number(socket.limit()),
                    number(socket.drops()),
                    again ? dropRate(socket) : "");
        }
        table.print(out, "");
        if (rows.size() > MOST_ROWS) {
            out.println(
                    "and " + (rows.size() - MOST_ROWS) + " more with shorter queues, all of them with --format json");
        }
    }

    static String uid(RunningGroup.Socket socket) {
        return socket.found().uid().isPresent()
                ? Integer.toUnsignedString(socket.found().uid().getAsInt())
                : UNKNOWN;
    }

    /** Names who accepts; of several as many as fit. */
    static String pid(RunningGroup.Socket socket) {
        List<RunningProcess> servers = socket.servers();
        if (servers.isEmpty()) {
            return socket.found()
                    .cgroup()
                    .filter(path -> !path.equals(Cgroups.ROOT))
                    .map(path -> "? in " + new Printable(path))
                    .orElse(UNKNOWN);
        }
        String first = name(servers.get(0));
        int holders = (int) socket.found().owners().stream()
                .map(PortSockets.Owner::process)
                .distinct()
                .count();
        return first + (holders > 1 ? " and " + (holders - 1) + " more" : "");
    }

    private static String name(RunningProcess process) {
        return (process.pid() + " " + process.command()).stripTrailing();
    }

    static String flags(RunningGroup.Socket socket) {
        Map<String, Optional<Boolean>> flags = new LinkedHashMap<>();
        flags.put(SockOpts.SO_REUSEADDR.name(), socket.reuseAddr());
        flags.put(SockOpts.SO_REUSEPORT.name(), socket.reusePort());
        List<String> shown = new ArrayList<>();
        flags.forEach((name, set) -> {
            if (set.orElse(true)) {
                shown.add(name + (set.isPresent() ? "" : "=?"));
            }
        });
        socket.found().v6only().filter(set -> set).ifPresent(set -> shown.add(SockOpts.IPV6_V6ONLY.name()));
        return shown.isEmpty() ? "-" : String.join(" ", shown);
    }

    static String number(OptionalLong number) {
        return number.isPresent() ? Long.toString(number.getAsLong()) : UNKNOWN;
    }

    private void printShares(RunningGroup group, boolean udp, PrintWriter out) {
        Table table = new Table().head("process", udp ? "connected" : "established", "share", again ? "new/s" : "");
        List<RunningGroup.Share> shares = group.shares();
        for (RunningGroup.Share share : shares.subList(0, Math.min(MOST_ROWS, shares.size()))) {
            table.row(
                    name(share.process()),
                    Long.toString(share.established()),
                    share(share.established(), group.established()),
                    again ? rate(share.fresh()) : "");
        }
        if (group.unseen() > 0) {
            table.row(UNKNOWN, Long.toString(group.unseen()), share(group.unseen(), group.established()), "");
        }
        table.print(out, "");
        if (shares.size() > MOST_ROWS) {
            out.println("and " + (shares.size() - MOST_ROWS) + " more with fewer, all of them with --format json");
        }
        group.uniformity().ifPresent(test -> {
            out.println(Bars.verdict(test, "", out));
            if (!test.even() && !again) {
                out.println("Connections that last long, processes that began at different times, and a program that"
                        + " steers (SO_ATTACH_REUSEPORT_CBPF, which nobody can see) all make shares uneven; that the"
                        + " kernel's choice is uneven does not follow.");
            }
        });
    }

    private static String share(long part, long whole) {
        return whole == 0 ? "-" : Bars.share(part, whole);
    }

    /** Returns what it dropped since the look before. */
    String dropRate(RunningGroup.Socket socket) {
        return Optional.ofNullable(seen.drops().get(socket.found().inode()))
                .map(this::perSecond)
                .orElse("-");
    }

    private String rate(OptionalLong count) {
        return count.isPresent() ? perSecond(count.getAsLong()) : "-";
    }

    private String perSecond(long count) {
        double rate = 1e9 * count / seen.between().map(Duration::toNanos).orElseThrow();
        return String.format(Locale.ROOT, "%.1f", rate);
    }
}
