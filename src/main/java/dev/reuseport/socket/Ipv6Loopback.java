package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.Optional;

/** ::1, which the article's receivers listen on and many a container lacks. */
public final class Ipv6Loopback {
    /** The address, with port 0. */
    public static final Sockaddr ADDRESS = new Sockaddr.Inet6(0, 1, 0, 0, 0);

    private Ipv6Loopback() {}

    /**
     * Returns why this machine has none and how it gets one; empty where a socket can be bound to it. Two errnos tell:
     * EADDRNOTAVAIL of bind, and EAFNOSUPPORT of socket where the kernel has no IPv6 at all.
     */
    public static Optional<String> missing(Syscalls syscalls, Proc proc) {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
            socket.bind(ADDRESS);
            return Optional.empty();
        } catch (ErrnoException e) {
            if (e.errno().is(Const.EAFNOSUPPORT)) {
                return Optional.of("this kernel has no IPv6 (Linux: ipv6.disable=1 where it was booted)");
            }
            if (!e.errno().is(Const.EADDRNOTAVAIL)) {
                return Optional.empty();
            }
            return Optional.of(
                    proc.sysctl("net.ipv6.conf.lo.disable_ipv6").number().orElse(0) == 0
                            ? "this machine has no ::1 on its loopback interface"
                            : "this machine has no ::1 (sysctl -w net.ipv6.conf.all.disable_ipv6=0 gives it one; a"
                                    + " container: docker run --sysctl net.ipv6.conf.all.disable_ipv6=0)");
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
