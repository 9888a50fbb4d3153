package dev.reuseport.bind;

import dev.reuseport.inspect.Setting;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Sockaddr;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.List;

/**
 * A bind, and for TCP a listen, that is undone at once.
 *
 * <p>For that moment a TCP listener is a member of its group, and the kernel may choose it for a connection. So that it
 * refuses none, it drops every packet: the client's kernel sends its SYN again a second later, when this member is gone. A
 * UDP socket of a group may lose a datagram; nobody would send that again.
 */
final class Attempt {
    /** How it ended: the C name of the call that failed, empty if none did. */
    record Result(Outcome outcome, String call) {
        boolean ok() {
            return outcome.ok();
        }
    }

    private Attempt() {}

    /** Tries it as the user who runs this. */
    static Result run(Syscalls syscalls, Protocol protocol, Sockaddr address, List<? extends Setting<?>> settings)
            throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, address.family(), protocol.type())) {
            for (Setting<?> setting : settings) {
                setting.applyTo(socket);
            }
            socket.bind(address);
            if (protocol == Protocol.TCP) {
                // Where that is refused, the answer matters more than a client that has to try again.
                socket.dropSyn();
                socket.listen(1);
            }
            return new Result(Outcome.OK, "");
        } catch (ErrnoException e) {
            return new Result(new Outcome(e.errno().name()), e.call());
        }
    }
}
