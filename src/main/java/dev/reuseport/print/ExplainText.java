package dev.reuseport.print;

import dev.reuseport.bind.explain.Explain;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** An explanation for people. */
public final class ExplainText {
    /** More rows than anybody reads. */
    private static final int MOST_ROWS = 40;

    private final PrintWriter out;

    public ExplainText(PrintWriter out) {
        this.out = out;
    }

    public void print(Explain.Request request, Explanation explanation) {
        StringBuilder what = new StringBuilder(request.protocol() + " " + request.address());
        for (Setting<?> setting : request.settings()) {
            what.append(' ').append(setting.shortText());
        }
        request.uid().ifPresent(uid -> what.append(" as uid ").append(Integer.toUnsignedString(uid)));
        out.println(what + ": " + explanation.verdict()
                + (explanation.call().isEmpty() ? "" : " from " + explanation.call())
                + (explanation.untried().isEmpty()
                        ? ""
                        : (explanation.agrees() ? " by the rules, " : ", ") + explanation.untried() + " not tried"));
        out.println((explanation.agrees() ? "Why: " : "") + explanation.reason());
        if (!explanation.remedies().isEmpty()) {
            out.println();
            out.println("Any one of these would be enough:");
            for (Explanation.Remedy remedy : explanation.remedies()) {
                out.println("  - " + remedy.text() + (remedy.tried() ? " (tried: it is)" : ""));
            }
        }
        if (!explanation.members().isEmpty()) {
            out.println();
            printMembers(explanation.members());
        }
        for (String note : explanation.notes()) {
            out.println();
            out.println("Note: " + note + ".");
        }
    }

    private void printMembers(List<Explanation.Member> members) {
        List<Explanation.Member> sorted = new ArrayList<>(members);
        sorted.sort(Comparator.comparing(member -> !member.inTheWay()));
        Table table = new Table().row("member", "pid", "fd", "uid", "address", "state", "flags", "queue", "");
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
                            : "-",
                    socket.local() + socket.peer().map(peer -> " to " + peer).orElse(""),
                    socket.state().name(),
                    socket.read().map(ExplainText::flags).orElse("not known"),
                    queue(socket),
                    sorted.get(i).inTheWay() ? "in the way" : "");
        }
        table.print(out, "");
        if (sorted.size() > MOST_ROWS) {
            out.println("and " + (sorted.size() - MOST_ROWS) + " more, all of them with --format json");
        }
    }

    private static String pid(PortSockets.Found socket) {
        if (socket.owners().isEmpty()) {
            return "-";
        }
        PortSockets.Owner owner = socket.owners().get(0);
        long others = socket.owners().stream()
                        .map(each -> each.process().pid())
                        .distinct()
                        .count()
                - 1;
        return owner.process().pid() + " " + owner.process().command() + (others > 0 ? " and " + others + " more" : "");
    }

    private static String queue(PortSockets.Found socket) {
        return socket.read()
                .flatMap(ForeignSocket::queue)
                .map(AcceptQueue::toString)
                .orElse(socket.waiting().isPresent() ? socket.waiting().getAsLong() + " of ?" : "-");
    }

    private static String flags(ForeignSocket socket) {
        List<String> flags = new ArrayList<>();
        for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.IPV6_V6ONLY)) {
            if (socket.value(option).orElse(false)) {
                flags.add(option.name());
            }
        }
        Optional<String> device = socket.value(SockOpts.SO_BINDTODEVICE).filter(name -> !name.isEmpty());
        device.ifPresent(name -> flags.add("SO_BINDTODEVICE=" + new Printable(name)));
        return flags.isEmpty() ? "-" : String.join(" ", flags);
    }
}
