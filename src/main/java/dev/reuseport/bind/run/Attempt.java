package dev.reuseport.bind.run;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * A bind, and for TCP a listen, that is undone at once. A socket with IP_BIND_ADDRESS_NO_PORT is one that will connect, and
 * does not listen.
 *
 * <p>For that moment a TCP listener is a member of its group, and the kernel may choose it for a connection. So that it
 * refuses none, it drops every SYN: the client's kernel sends it again a second later, when this member is gone. Where it
 * may not, and where a UDP socket would get a datagram that nobody sends again, the call is not made if others have the
 * port; a filter on a UDP socket is no way, for what it drops reaches nobody else.
 */
public final class Attempt {
    /**
     * How it ended.
     *
     * @param call the C name of the call that failed, empty if none did
     * @param untried the C name of the call that was not made, empty if all were
     */
    public record Tried(Outcome outcome, String call, String untried) {
        /** Tells whether every call was made, and none failed. */
        public boolean ok() {
            return outcome.ok() && untried.isEmpty();
        }
    }

    /** With one of these a socket gets a port that others have. */
    private static final Set<SockOpt<?>> SHARING =
            Set.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.SO_REUSEPORT_LB, SockOpts.SO_REUSESHAREUID);

    private Attempt() {}

    /**
     * Tries it as the user who runs this.
     *
     * @param anyway whether to make every call, whatever it takes from others
     */
    public static Tried run(
            Syscalls syscalls, Protocol protocol, Sockaddr address, List<? extends Setting<?>> settings, boolean anyway)
            throws IOException {
        try (NativeSocket socket = opened(syscalls, protocol, address, settings)) {
            boolean tcp = protocol == Protocol.TCP;
            boolean harmless = anyway || (tcp && socket.dropSyn()) || !shared(syscalls, protocol, address, settings);
            if (tcp || harmless) {
                socket.bind(address);
            }
            boolean listens = tcp && !noPort(settings);
            if (listens && harmless) {
                socket.listen(1);
            }
            return new Tried(Outcome.OK, "", harmless || tcp && !listens ? "" : tcp ? "listen" : "bind");
        } catch (ErrnoException e) {
            return new Tried(new Outcome(e.errno().name()), e.call(), "");
        }
    }

    /** Tells whether the port is left to {@code connect(2)}: then nobody listens. */
    private static boolean noPort(List<? extends Setting<?>> settings) {
        return settings.stream()
                .anyMatch(setting ->
                        setting.option() == SockOpts.IP_BIND_ADDRESS_NO_PORT && Boolean.TRUE.equals(setting.value()));
    }

    private static NativeSocket opened(
            Syscalls syscalls, Protocol protocol, Sockaddr address, List<? extends Setting<?>> settings)
            throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, address.family(), protocol.type());
        try {
            for (Setting<?> setting : settings) {
                socket.set(setting);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Tells whether others have the port, and the settings may let a socket in with them. */
    private static boolean shared(
            Syscalls syscalls, Protocol protocol, Sockaddr address, List<? extends Setting<?>> settings)
            throws IOException {
        List<? extends Setting<?>> alone = settings.stream()
                .filter(setting -> !SHARING.contains(setting.option()))
                .toList();
        if (alone.size() == settings.size()) {
            return false;
        }
        try (NativeSocket socket = opened(syscalls, protocol, address, alone)) {
            socket.bind(address);
            return false;
        } catch (ErrnoException e) {
            return e.errno().is(Const.EADDRINUSE);
        }
    }
}
