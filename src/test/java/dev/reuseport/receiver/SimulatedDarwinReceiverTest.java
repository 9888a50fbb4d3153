package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Simulated: the whole receiver on macOS, from its first call to its last line; and, as a control, once for each of its
 * numbers with Linux's in that place, which must be noticed.
 */
@NeedsIpv6
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a call of libc that waits hears no interrupt
final class SimulatedDarwinReceiverTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet6(0, 1, 0, 0, 0);

    private static final List<String> ON_DARWIN = List.of(
            "Receiver-193: pid=193",
            "Receiver-193: so_reuseaddr=4",
            "Receiver-193: so_reuseport=512",
            "Receiver-193: Listening sockname=('::1', PORT, 0, 0)",
            "Receiver-193: accepted sockname=('::1', PORT, 0, 0)",
            "Receiver-193: recv message=b'Hello\\n'",
            "reply: Receiver-193: recv message=b'Hello\\n'",
            "Receiver-194: pid=194",
            "Receiver-194: so_reuseaddr=4",
            "Receiver-194: so_reuseport=0",
            "OSError: [Errno 48] Address already in use");

    private static Syscalls darwin() {
        return new SimulatedDarwin(new JnrSyscalls());
    }

    /** The article's first four steps on one system: what was printed, and what failed. */
    private static List<String> article(Syscalls system, Duration patience) throws Exception {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        List<String> seen = new ArrayList<>();
        String port = "PORT";
        try {
            Receiver receiver = opened(settings(system, true, LOOPBACK), 193, log);
            CompletableFuture<Void> run = CompletableFuture.runAsync(() -> run(receiver));
            try {
                Sockaddr address = receiver.localAddress();
                port = Integer.toString(address.port());
                String reply = hello(address, patience);
                receiver.stop();
                run.get(20, TimeUnit.SECONDS);
                lines(log).forEach(seen::add);
                seen.add("reply: " + reply);
                log.reset();
                second(system, seen, log);
            } finally {
                receiver.stop();
            }
        } catch (IOException | RuntimeException e) {
            lines(log).forEach(seen::add);
            seen.add("failed: " + e.getMessage());
        }
        String number = port;
        return seen.stream()
                .map(line -> line.replace("'::1', " + number, "'::1', PORT"))
                .toList();
    }

    /** Two that do not share: the second one ends with its errno. */
    private static void second(Syscalls system, List<String> seen, ByteArrayOutputStream log) throws IOException {
        ByteArrayOutputStream unread = new ByteArrayOutputStream();
        Receiver first = opened(settings(system, false, LOOPBACK), 193, unread);
        try {
            opened(settings(system, false, first.localAddress()), 194, log);
            seen.add("a second one listens");
        } catch (IOException e) {
            lines(log).forEach(seen::add);
            seen.add(Receiver.lastWords(e));
        } finally {
            first.stop();
            first.run();
        }
    }

    private static Receiver opened(Receiver.Settings settings, long pid, ByteArrayOutputStream log) throws IOException {
        Receiver receiver = new Receiver(settings, pid, log);
        receiver.open();
        return receiver;
    }

    private static Receiver.Settings settings(Syscalls system, boolean reusePort, Sockaddr address) {
        return new Receiver.Settings(family -> NativeTcpListener.open(system, family), address, reusePort, 8, LONG);
    }

    private static void run(Receiver receiver) {
        try {
            receiver.run();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Says hello and keeps its half of the connection open, so that a receive which waits for more is noticed. */
    private static String hello(Sockaddr address, Duration patience) throws IOException {
        try (Socket client = new Socket(address.toInetSocketAddress().getAddress(), address.port())) {
            client.setSoTimeout((int) patience.toMillis());
            client.getOutputStream().write("Hello\n".getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static Stream<String> lines(ByteArrayOutputStream log) {
        return log.toString(StandardCharsets.US_ASCII).lines();
    }

    @Test
    void theArticleHappensInDarwinsNumbers() throws Exception {
        assertEquals(ON_DARWIN, article(darwin(), LONG));
    }

    @Test
    void theCallsCarryDarwinsNumbers() throws Exception {
        List<String> calls = new CopyOnWriteArrayList<>();
        Syscalls recorded = between(darwin(), (call, arguments, down) -> {
            StringBuilder text = new StringBuilder(call);
            for (Object argument : arguments) {
                text.append(' ').append(argument instanceof Integer number ? number : "*");
            }
            calls.add(text.toString());
            return down.with(arguments);
        });
        Receiver receiver = opened(settings(recorded, true, LOOPBACK), 193, new ByteArrayOutputStream());
        receiver.stop();
        receiver.run();
        String fd = calls.stream()
                .filter(call -> call.startsWith("listen"))
                .findFirst()
                .orElseThrow()
                .split(" ")[1];
        List<String> aboutTheListener = calls.stream()
                .filter(call -> call.startsWith("socket") || call.contains(" " + fd + " ") || call.endsWith(" " + fd))
                .map(call -> call.replaceFirst(" " + fd + "( |$)", " FD$1"))
                .toList();
        assertEquals(
                List.of(
                        "socket 30 1 0",
                        "fcntl FD 2 1",
                        "setsockopt FD 65535 4 * 4",
                        "setsockopt FD 65535 512 * 4",
                        "getsockopt FD 65535 4 * *",
                        "getsockopt FD 65535 512 * *",
                        "bind FD * 28",
                        "listen FD 8",
                        "getsockname FD * *",
                        "fcntl FD 3 0",
                        "fcntl FD 4 6",
                        "accept FD",
                        "close FD"),
                aboutTheListener);
    }

    /** A call on its way down. */
    @FunctionalInterface
    private interface Call {
        Object with(Object... arguments) throws Throwable;
    }

    /** Stands between the receiver and the system: may change what goes down and what comes back. */
    @FunctionalInterface
    private interface Between {
        Object call(String name, Object[] arguments, Call down) throws Throwable;
    }

    private static Syscalls between(Syscalls system, Between between) {
        return (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, arguments) ->
                        between.call(method.getName(), arguments == null ? new Object[0] : arguments, changed -> {
                            try {
                                return method.invoke(system, changed);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }

    /** Linux's number in the place of one of Darwin's, and what is then seen. */
    private enum LinuxNumber {
        AF_INET6("socket", 0, 30, 10, "socket: EAFNOSUPPORT (47)"),
        SOCK_CLOEXEC("socket", 1, 1, 0x80001, "socket: EPROTONOSUPPORT (43)"),
        SOL_SOCKET("setsockopt", 1, 0xffff, 1, "setsockopt SO_REUSEADDR: EINVAL (22)"),
        SO_REUSEADDR("setsockopt", 2, 4, 2, "setsockopt SO_REUSEADDR: ENOPROTOOPT (42)"),
        SO_REUSEPORT("setsockopt", 2, 0x200, 15, "setsockopt SO_REUSEPORT: ENOPROTOOPT (42)"),
        SOL_SOCKET_READ("getsockopt", 1, 0xffff, 1, "getsockopt SO_REUSEADDR: Refused"),
        SO_REUSEADDR_READ("getsockopt", 2, 4, 2, "getsockopt SO_REUSEADDR: Refused"),
        SO_REUSEPORT_READ("getsockopt", 2, 0x200, 15, "getsockopt SO_REUSEPORT: Refused"),
        O_NONBLOCK("fcntl", 2, 6, 0x802, "fcntl: EINVAL (22)"),
        MSG_DONTWAIT("recv", 4, 0x80, 0x40, "reply: Read timed out"),
        MSG_NOSIGNAL("send", 4, 0x80080, 0x4080, "send: EINVAL (22)");

        final String call;
        final int index;
        final int darwin;
        final int linux;
        final String symptom;

        LinuxNumber(String call, int index, int darwin, int linux, String symptom) {
            this.call = call;
            this.index = index;
            this.darwin = darwin;
            this.linux = linux;
            this.symptom = symptom;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNumberOfLinuxesIsNoticed(LinuxNumber wrong) throws Exception {
        List<String> seen = article(
                between(darwin(), (call, arguments, down) -> {
                    Object[] changed = arguments.clone();
                    if (call.equals(wrong.call) && arguments[wrong.index].equals(wrong.darwin)) {
                        changed[wrong.index] = wrong.linux;
                    }
                    return down.with(changed);
                }),
                SHORT);
        noticed(wrong.symptom, seen);
    }

    @Test
    void linuxesSocketAddressIsNoticedOnItsWayDown() throws Exception {
        noticed(
                "bind: EAFNOSUPPORT (47)",
                article(
                        between(darwin(), (call, arguments, down) -> {
                            if (call.equals("bind")) {
                                ((NativeBuffer) arguments[1]).bytes().putShort(0, (short) 10);
                            }
                            return down.with(arguments);
                        }),
                        SHORT));
    }

    @Test
    void linuxesSocketAddressIsNoticedOnItsWayUp() throws Exception {
        noticed(
                "a sockaddr of 28 bytes and family",
                article(
                        between(darwin(), (call, arguments, down) -> {
                            Object result = down.with(arguments);
                            if (call.equals("getsockname")) {
                                ((NativeBuffer) arguments[1]).bytes().putShort(0, (short) 10);
                            }
                            return result;
                        }),
                        SHORT));
    }

    @Test
    void accept4IsNoticed() throws Exception {
        Syscalls darwin = darwin();
        noticed(
                "Receiver-193: accept: accept: ENOSYS (78)",
                article(
                        between(
                                darwin,
                                (call, arguments, down) ->
                                        call.equals("accept") ? darwin.accept4(-1, 0) : down.with(arguments)),
                        SHORT));
    }

    @ParameterizedTest
    @CsvSource({
        "accept, -35, -11, Receiver-193: accept: accept: EDEADLK (11)", // EAGAIN
        "bind,   -48, -98, OSError: [Errno 98]" // EADDRINUSE
    })
    void anErrnoOfLinuxesIsNoticed(String call, int darwin, int linux, String symptom) throws Exception {
        noticed(
                symptom,
                article(
                        between(darwin(), (name, arguments, down) -> {
                            Object result = down.with(arguments);
                            return name.equals(call) && result.equals(darwin) ? linux : result;
                        }),
                        SHORT));
    }

    private static void noticed(String symptom, List<String> seen) {
        assertFalse(seen.equals(ON_DARWIN), "nothing was noticed");
        assertTrue(seen.stream().anyMatch(line -> line.contains(symptom)), () -> symptom + " is not in " + seen);
    }
}
