package dev.reuseport.print;

import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.ProcessSockets;
import dev.reuseport.proc.Cgroups;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of a process: for people a headline for each, then its options.
 *
 * @param named whether each option was asked for, so that each gets a line for people
 */
public record ProcessAnswer(RunningProcess process, ProcessSockets.Inventory found, boolean named) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("pid", process.pid())
                .with("command", process.command().text())
                .with(
                        "sockets",
                        found.sockets().stream().map(ProcessAnswer::socket).toList())
                .with("unix", found.names().stream().map(ProcessAnswer::name).toList())
                .with("lost", found.lost())
                .with("untold", found.untold());
    }

    private static Json name(ProcessSockets.Name name) {
        return new Json()
                .with("fd", name.fd())
                .with("inode", name.socket().inode())
                .with("name", name.socket().name().text())
                .with("type", name.socket().type())
                .with("state", name.socket().state());
    }

    private static Json socket(ForeignSocket socket) {
        return new Json()
                .with("fd", socket.fd())
                .with("inode", socket.inode())
                .with("uid", Integer.toUnsignedLong(socket.uid()))
                .with("family", socket.family().name())
                .with("type", socket.type().name())
                .with("protocol", socket.protocol().name())
                .with("local", socket.local())
                .with("peer", socket.peer())
                .with("state", socket.state().name())
                .with("queue", socket.queue().map(AcceptQueue::length))
                .with("backlog", socket.queue().map(AcceptQueue::limit))
                .with("options", Json.readings(socket.readings()))
                .with("unread", socket.unread().map(ForeignSocket.Unread::reason))
                .with("drops", socket.unread().map(ForeignSocket.Unread::drops))
                .with("shutdown", socket.unread().flatMap(ForeignSocket.Unread::shutdown))
                .with("cgroup", socket.unread().flatMap(ForeignSocket.Unread::cgroup));
    }

    @Override
    public void print(PrintWriter out) {
        int count = found.sockets().size();
        out.println(process
                + switch (count) {
                    case 0 -> " has no TCP or UDP socket";
                    case 1 -> " has one TCP or UDP socket";
                    default -> " has " + count + " TCP and UDP sockets";
                });
        for (ForeignSocket socket : found.sockets()) {
            out.println();
            out.println(headline(socket));
            socket.unread().ifPresent(unread -> out.println("not read; told by the kernel: " + told(unread)));
            new Readings(out).print(socket.readings(), named);
        }
        for (ProcessSockets.Name name : found.names()) {
            out.println();
            out.println("fd " + name.fd() + ": unix " + name.socket().name() + " "
                    + name.socket().type() + ", " + name.socket().state());
        }
    }

    private static String told(ForeignSocket.Unread unread) {
        List<String> told = new ArrayList<>();
        unread.drops().ifPresent(drops -> told.add(drops + " dropped"));
        unread.shutdown().ifPresent(how -> told.add("shutdown " + how));
        unread.cgroup()
                .filter(path -> !path.equals(Cgroups.ROOT))
                .ifPresent(path -> told.add("cgroup " + new Printable(path)));
        return told.isEmpty() ? "nothing else" : String.join(", ", told);
    }

    private static String protocol(ForeignSocket socket) {
        return switch (socket.protocol()) {
            case IPPROTO_UDP -> "udp";
            case IPPROTO_MPTCP -> "mptcp";
            default -> "tcp";
        };
    }

    private static String headline(ForeignSocket socket) {
        StringBuilder line = new StringBuilder("fd " + socket.fd() + ": ");
        line.append(protocol(socket) + " ").append(socket.local());
        socket.peer().ifPresent(peer -> line.append(" to ").append(peer));
        line.append(", ").append(socket.state());
        socket.queue().ifPresent(queue -> line.append(", accept queue ").append(queue));
        return line.append(", uid ")
                .append(Integer.toUnsignedString(socket.uid()))
                .toString();
    }
}
