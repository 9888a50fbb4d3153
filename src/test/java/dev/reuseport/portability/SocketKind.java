package dev.reuseport.portability;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;

/** The sockets that options are read on. */
enum SocketKind {
    TCP(Const.AF_INET, Const.SOCK_STREAM),
    TCP6(Const.AF_INET6, Const.SOCK_STREAM),
    UDP(Const.AF_INET, Const.SOCK_DGRAM),
    /** A TCP socket that listens on a port of the system's choice. */
    LISTENER(Const.AF_INET, Const.SOCK_STREAM);

    private final Const family;
    private final Const type;

    SocketKind(Const family, Const type) {
        this.family = family;
        this.type = type;
    }

    /** Returns {@code AF_INET} or {@code AF_INET6}. */
    Const family() {
        return family;
    }

    /** Opens one. */
    NativeSocket open(Syscalls syscalls) throws IOException {
        assumeFamily(syscalls, family);
        NativeSocket socket = NativeSocket.open(syscalls, family, type);
        if (this == LISTENER) {
            try {
                socket.bind(loopback(family));
                socket.listen(1);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        }
        return socket;
    }

    /** Returns 127.0.0.1 or ::1, with port 0. */
    static Sockaddr loopback(Const family) {
        return family == Const.AF_INET6 ? new Sockaddr.Inet6(0, 1, 0, 0, 0) : new Sockaddr.Inet(0x7f000001, 0);
    }

    /** Skips the test that needs ::1 on a host that has no IPv6, as many a container. */
    static void assumeFamily(Syscalls syscalls, Const family) throws IOException {
        if (family != Const.AF_INET6) {
            return;
        }
        try (NativeSocket probe = NativeSocket.open(syscalls, family, Const.SOCK_DGRAM)) {
            probe.bind(loopback(family));
        } catch (ErrnoException e) {
            boolean absent = e.errno().is(Const.EAFNOSUPPORT) || e.errno().is(Const.EADDRNOTAVAIL);
            assumeTrue(!absent, "this host has no IPv6 loopback address ::1 (" + e.getMessage() + ")");
            throw e;
        }
    }
}
