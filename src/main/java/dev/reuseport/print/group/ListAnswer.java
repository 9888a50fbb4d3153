package dev.reuseport.print.group;

import dev.reuseport.abi.Const;
import dev.reuseport.experiment.group.RunningGroup;
import dev.reuseport.experiment.group.RunningGroups;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Every socket that listens, or of UDP is bound: a line for each. */
public final class ListAnswer implements Answer {
    /** A socket, and the group of its address. */
    private record Row(RunningGroup group, RunningGroup.Socket socket) {
        boolean udp() {
            return group.protocol() == Const.IPPROTO_UDP;
        }
    }

    /**
     * A family of OpenMetrics: one number of each socket that has it.
     *
     * @param unit what its name ends with; empty for a number of things
     */
    private record Family(String name, String type, String unit, String help, Function<Row, OptionalLong> value) {}

    private static final String COUNTER = "counter";

    private static final List<Family> FAMILIES = List.of(
            new Family(
                    "reuseport_accept_queue",
                    "gauge",
                    "",
                    "Connections that wait to be accepted.",
                    row -> row.udp() ? OptionalLong.empty() : row.socket.queue()),
            new Family(
                    "reuseport_accept_queue_limit",
                    "gauge",
                    "",
                    "How many connections may wait to be accepted.",
                    row -> row.udp() ? OptionalLong.empty() : row.socket.limit()),
            new Family(
                    "reuseport_receive_queue_bytes",
                    "gauge",
                    "bytes",
                    "What a UDP socket has not read yet, with the kernel's overhead.",
                    row -> row.udp() ? row.socket.queue() : OptionalLong.empty()),
            new Family(
                    "reuseport_receive_buffer_bytes",
                    "gauge",
                    "bytes",
                    "How much a UDP socket has room for.",
                    row -> row.udp() ? row.socket.limit() : OptionalLong.empty()),
            new Family(
                    "reuseport_drops",
                    COUNTER,
                    "",
                    "Connections or datagrams that a socket had no room for since it was opened.",
                    row -> row.socket.drops()));

    private final RunningGroups.Seen seen;
    private final boolean again;
    private final GroupAnswer groups;
    private final IntFunction<Optional<String>> userNames;
    private final Map<Integer, Optional<String>> users = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();

    /**
     * Lists what was seen.
     *
     * @param userNames finds the name of a user's number
     * @param again whether this is one of several looks
     */
    public ListAnswer(RunningGroups.Seen seen, IntFunction<Optional<String>> userNames, boolean again) {
        this.seen = seen;
        this.again = again;
        this.groups = new GroupAnswer(seen, false, again);
        this.userNames = userNames;
        for (RunningGroup group : seen.groups()) {
            group.listeners().forEach(socket -> rows.add(new Row(group, socket)));
        }
        rows.sort(Comparator.comparing(Row::udp)
                .thenComparing(row -> row.group.local().port())
                .thenComparing(row -> row.group.local().host())
                .thenComparing(row -> row.socket.index()));
    }

    private Optional<String> user(RunningGroup.Socket socket) {
        return socket.found().uid().isPresent()
                ? users.computeIfAbsent(socket.found().uid().getAsInt(), userNames::apply)
                : Optional.empty();
    }

    @Override
    public Json json() {
        List<Json> sockets = new ArrayList<>();
        for (Row row : rows) {
            Json head = new Json()
                    .with("protocol", GroupAnswer.protocol(row.group))
                    .with("local", row.group.local())
                    .with("v6only", row.socket.found().v6only())
                    .with("device", row.group.device());
            sockets.add(groups.into(head, row.socket).with("user", user(row.socket)));
        }
        Json json = new Json().with("sockets", sockets).with("notes", seen.notes());
        return again ? groups.timed(json) : json;
    }

    @Override
    public void print(PrintWriter out) {
        if (rows.isEmpty()) {
            out.println("nobody listens in this network namespace, and no UDP socket is bound");
        } else {
            printRows(out);
        }
        seen.notes().forEach(note -> out.println("Note: " + note));
    }

    private void printRows(PrintWriter out) {
        Table table = new Table().head("", "address", "pid", "user", "flags", "queue", "drops", again ? "drops/s" : "");
        for (Row row : rows) {
            table.row(
                    GroupAnswer.protocol(row.group),
                    GroupAnswer.address(row.group),
                    GroupAnswer.pid(row.socket),
                    user(row.socket)
                            .map(name -> new Printable(name).toString())
                            .orElseGet(() -> GroupAnswer.uid(row.socket)),
                    GroupAnswer.flags(row.socket),
                    GroupAnswer.number(row.socket.queue()) + " of " + GroupAnswer.number(row.socket.limit()),
                    GroupAnswer.number(row.socket.drops()),
                    again ? groups.dropRate(row.socket) : "");
        }
        table.print(out, "");
    }

    /** Prints it as an exposition of OpenMetrics 1.0; what is not known has no sample. */
    public void printMetrics(PrintWriter out) {
        for (Family family : FAMILIES) {
            out.print("# HELP " + family.name + " " + family.help + "\n");
            out.print("# TYPE " + family.name + " " + family.type + "\n");
            if (!family.unit.isEmpty()) {
                out.print("# UNIT " + family.name + " " + family.unit + "\n");
            }
            for (Row row : rows) {
                OptionalLong value = family.value.apply(row);
                if (value.isPresent()) {
                    out.print(family.name + (family.type.equals(COUNTER) ? "_total" : "") + labels(row) + " "
                            + value.getAsLong() + "\n");
                }
            }
        }
        out.print("# EOF\n");
        out.flush();
    }

    private String labels(Row row) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("protocol", GroupAnswer.protocol(row.group));
        labels.put("local", row.group.local().toString());
        row.group.device().ifPresent(device -> labels.put("device", device));
        labels.put("member", Integer.toString(row.socket.index()));
        labels.put("inode", Long.toString(row.socket.found().inode()));
        row.socket.servers().stream().findFirst().ifPresent(process -> name(process, labels));
        if (row.socket.found().uid().isPresent()) {
            labels.put("uid", GroupAnswer.uid(row.socket));
        }
        user(row.socket).ifPresent(user -> labels.put("user", user));
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + "\"")
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static void name(RunningProcess process, Map<String, String> labels) {
        labels.put("pid", Integer.toString(process.pid()));
        labels.put("command", process.command().toString());
    }

    private static String escaped(String value) {
        return new Printable(value)
                .toString()
                .replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n");
    }
}
