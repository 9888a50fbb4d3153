package dev.reuseport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/** ::1, or 127.0.0.1 for tests that need no IPv6 on a machine that has none, as many a container. */
public final class Loopback {
    static final String NO_IPV6 = "this machine has no ::1";

    static final String NO_FAMILY = "this kernel has no AF_INET6";

    private static final boolean IPV6 = canBind("::1");
    private static final boolean SOCKETS6 = canMake(Const.AF_INET6);

    private Loopback() {}

    /** Asks the JDK, so that what finds it out in {@code main} has a second witness. */
    private static boolean canBind(String host) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Tells whether there is ::1. */
    public static boolean hasIpv6() {
        return IPV6;
    }

    private static boolean canMake(Const family) {
        Syscalls syscalls = new JnrSyscalls();
        Abi abi = syscalls.abi();
        int fd = syscalls.socket(abi.number(family), abi.number(Const.SOCK_STREAM), 0);
        if (fd >= 0) {
            syscalls.close(fd);
        }
        return fd != -abi.number(Const.EAFNOSUPPORT);
    }

    /** Tells whether this kernel makes sockets of a family: it may have no ::1 and make those of AF_INET6 all the same. */
    public static boolean hasSockets(Const family) {
        return family != Const.AF_INET6 || SOCKETS6;
    }

    /** Skips what takes a socket of a family that this kernel does not have. */
    public static void assumeSockets(Const family) {
        assumeTrue(hasSockets(family), NO_FAMILY);
    }

    /** Skips what is of AF_INET6 where there is no ::1: for rows of a test whose other rows need none. */
    public static void assumeIpv6(boolean needed) {
        assumeTrue(!needed || IPV6, NO_IPV6);
    }

    /** Returns {@code ::1} or {@code 127.0.0.1}. */
    public static String host() {
        return IPV6 ? "::1" : "127.0.0.1";
    }

    /** Returns {@code text}, written for ::1, with the address that there is. */
    public static String here(String text) {
        return IPV6 ? text : text.replace("[::1]", host()).replace("::1", host());
    }

    /** Returns what {@code serve} and {@code demo} are told so that they listen there: nothing where there is ::1. */
    public static String[] listenAddr() {
        return IPV6 ? new String[0] : new String[] {"--listen-addr", host()};
    }

    /** Returns it for the JDK. */
    public static InetAddress inet() throws UnknownHostException {
        return InetAddress.getByName(host());
    }

    /** Returns it with port 0. */
    public static Sockaddr address() {
        return IPV6 ? new Sockaddr.Inet6(0, 1, 0, 0, 0) : new Sockaddr.Inet(0x7f000001, 0);
    }

    /** Returns 127.0.0.1 and, where there is one, ::1. */
    public static List<Sockaddr> addresses() {
        return Stream.of(new Sockaddr.Inet(0x7f000001, 0), address()).distinct().toList();
    }

    /** Returns AF_INET6 or AF_INET. */
    public static Const family() {
        return address().family();
    }

    /** Returns the name that a receiver prints, as Python has it. */
    public static String name(int port) {
        return IPV6 ? "('::1', " + port + ", 0, 0)" : "('127.0.0.1', " + port + ")";
    }

    /** Returns a port that nobody has. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, inet())) {
            return socket.getLocalPort();
        }
    }
}
