package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.Optional;

/** Addresses that a kernel lets a TCP listener have and no client connect to. */
public final class Unreachable {
    /** {@code connect(2)} of UDP sends nothing; the discard service's port is as good as any. */
    private static final int DISCARD = 9;

    private static final String BROADCAST = "TCP has no broadcast";

    private Unreachable() {}

    /**
     * Says why nobody could connect to an address; empty if somebody could. Whether it is a broadcast address the kernel
     * says: it refuses a UDP socket without SO_BROADCAST one with EACCES ({@code ip(7)}).
     */
    public static Optional<String> reason(Syscalls syscalls, Sockaddr address) throws IOException {
        if (address.multicast()) {
            return Optional.of("TCP has no multicast");
        }
        if (address.limitedBroadcast()) {
            return Optional.of(BROADCAST); // where there is no route to it, the kernel would say that instead
        }
        try (NativeSocket socket = NativeSocket.open(syscalls, address.family(), Const.SOCK_DGRAM)) {
            socket.connect(address.withPort(DISCARD));
            return Optional.empty();
        } catch (ErrnoException e) {
            return e.errno().is(Const.EACCES) ? Optional.of(BROADCAST) : Optional.empty();
        }
    }
}
