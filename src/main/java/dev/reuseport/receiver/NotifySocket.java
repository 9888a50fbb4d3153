package dev.reuseport.receiver;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.UnixAddress;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Who wants to know how this process is doing: the datagram socket that NOTIFY_SOCKET names ({@code sd_notify(3)}). Native
 * in every mode, because the JDK's AF_UNIX sockets are streams.
 *
 * @param address where it listens
 */
public record NotifySocket(UnixAddress address) {
    /** Connections are accepted from now on. */
    public static final String READY = "READY=1";

    /** This process is ending. */
    public static final String STOPPING = "STOPPING=1";

    /** Returns the one that the environment names; empty if nobody wants to know. */
    public static Optional<NotifySocket> of(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
                .filter(name -> !name.isEmpty())
                .map(name -> new NotifySocket(new UnixAddress(name)));
    }

    /** Sends a state, as {@link #READY}. */
    public void tell(Syscalls syscalls, String state) throws IOException {
        byte[] message = state.getBytes(StandardCharsets.US_ASCII);
        NativeBuffer buffer = syscalls.allocate(message.length);
        buffer.bytes().put(0, message);
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_UNIX, Const.SOCK_DGRAM)) {
            socket.connect(address);
            if (socket.sendNow(buffer, 0, message.length) < 0) {
                throw new IOException("the queue of " + address.name() + " is full");
            }
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }
}
