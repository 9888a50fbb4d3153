package dev.reuseport.print;

import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.ProcessSockets;
import dev.reuseport.proc.RunningProcess;
import java.io.PrintWriter;

/** The sockets of a process for people: a headline for each, then its options. */
public final class ProcessText {
    private final PrintWriter out;

    public ProcessText(PrintWriter out) {
        this.out = out;
    }

    /**
     * Prints them.
     *
     * @param everyLine as {@link ReadingsText#print} takes it
     */
    public void print(RunningProcess process, ProcessSockets.Inventory found, boolean everyLine) {
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
            new ReadingsText(out).print(socket.readings(), everyLine);
        }
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
