package dev.reuseport.receiver;

import dev.reuseport.abi.Const;
import dev.reuseport.option.Named;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A descriptor that a service manager handed down, as {@code sd_listen_fds(3)} has it: LISTEN_PID is the pid that they are
 * for, LISTEN_FDS says how many there are, LISTEN_FDNAMES names them with colons in between.
 *
 * @param fd the descriptor
 * @param name its name, {@code unknown} if it has none
 */
public record HandedDown(int fd, String name) {
    /** SD_LISTEN_FDS_START. */
    private static final int FIRST = 3;

    /** Each gets a thread. More than this is a mistake of whoever set the variable, and no service has it. */
    private static final int MOST = 1024;

    private static final String NAMELESS = "unknown";

    /**
     * Reads what the environment says.
     *
     * @param pid this process; what is for another one, whose environment was passed on, is none of its business
     * @throws IOException if LISTEN_FDS is no number, or a very large one
     */
    public static List<HandedDown> of(Map<String, String> environment, long pid) throws IOException {
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return List.of();
        }
        String count = environment.getOrDefault("LISTEN_FDS", "");
        if (!count.matches("\\d{1,6}") || Integer.parseInt(count) > MOST) {
            throw new IOException(
                    "LISTEN_FDS='" + new Printable(count) + "' is not a number of descriptors, at most " + MOST);
        }
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        List<HandedDown> found = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(count); i++) {
            String name = i < names.length && !names[i].isEmpty() ? names[i] : NAMELESS;
            found.add(new HandedDown(FIRST + i, name));
        }
        return List.copyOf(found);
    }

    /**
     * Takes the descriptor over.
     *
     * @throws IOException if it is no listening stream socket, or not of IPv4 or IPv6; it stays open, because it may be somebody
     *     else's in this process
     */
    public NativeTcpListener listener(Syscalls syscalls) throws IOException {
        NativeSocket socket = NativeSocket.borrow(syscalls, fd);
        Named type = value(socket, SockOpts.SO_TYPE);
        if (type.number() != syscalls.abi().number(Const.SOCK_STREAM)) {
            throw refused("SO_TYPE is " + type);
        }
        if (!value(socket, SockOpts.SO_ACCEPTCONN)) {
            throw refused("SO_ACCEPTCONN is off");
        }
        try {
            socket.localAddress();
        } catch (IllegalArgumentException e) {
            throw refused("not of IPv4 or IPv6 but " + e.getMessage());
        }
        NativeSocket own = NativeSocket.own(syscalls, fd);
        own.closeOnExec();
        return NativeTcpListener.adopt(syscalls, own);
    }

    private <T> T value(NativeSocket socket, SockOpt<T> option) throws IOException {
        Probe<T> probe = socket.get(option);
        if (probe instanceof Probe.Value<T> found) {
            return found.value();
        }
        throw refused("getsockopt " + option
                + (probe instanceof Probe.Refused<T> refusal && refusal.errno().isPresent()
                        ? ": " + refusal.errno().get()
                        : " says nothing"));
    }

    private IOException refused(String why) {
        return new IOException(
                "descriptor " + fd + " (" + new Printable(name) + ") is not a listening TCP socket: " + why);
    }
}
