package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The host's column against what else on this host knows its numbers: its compiler and the JDK. */
class ConstHostTest {

    private static final Abi HOST = Abi.host();
    private static final String HOST_ARCH = System.getProperty("os.arch");

    /** How compilers call the CPUs that JVMs call otherwise. */
    private static final Map<String, String> CPUS = Map.of(
            "amd64", "x86_64",
            "aarch64", "aarch64 arm64",
            "i386", "i386 i486 i586 i686",
            "ppc", "powerpc",
            "ppc64", "powerpc64",
            "ppc64le", "powerpc64le",
            "sparcv9", "sparc64");

    @Test
    void theCompilerOfThisHostAgrees(@TempDir Path directory) throws Exception {
        String machine = run("cc", "-dumpmachine");
        assumeTrue(machine != null, "no cc here");
        // An emulated JVM finds the compiler of the machine that emulates.
        String cpu = CPUS.getOrDefault(HOST_ARCH, HOST_ARCH);
        assumeTrue(
                cpu.contains(machine.split("-")[0]),
                "cc here is for " + machine.strip() + ", the JVM for " + HOST_ARCH);
        Path empty = Files.writeString(directory.resolve("empty.c"), "#include <sys/socket.h>\n");
        assumeTrue("".equals(run("cc", "-fsyntax-only", empty.toString())), "no C headers here");

        Path source = Files.writeString(directory.resolve("probe.c"), HeaderProbe.source(HOST));
        Path program = directory.resolve("probe");
        assertEquals("", run("cc", "-w", "-o", program.toString(), source.toString()));
        Map<String, Integer> found = Captured.values(run(program.toString()).lines());

        // Headers older than the matrix lack its newest rows; they have none that the matrix lacks.
        Map<String, Integer> expected = new TreeMap<>(HeaderAssertions.layouts(HOST));
        for (Const symbol : Const.values()) {
            if (HOST.defines(symbol)) {
                expected.put(symbol.name(), HOST.number(symbol));
            }
        }
        expected.keySet().retainAll(found.keySet());
        assertEquals(expected, new TreeMap<>(found));
        assertTrue(found.keySet().containsAll(List.of("SO_REUSEADDR", "SOCK_STREAM", "EADDRINUSE")));
    }

    /** {@code sun.nio.ch.SocketOptionRegistry}: what the JDK was compiled with on this system. */
    @Test
    void theOptionRegistryOfTheJdkAgrees() throws Exception {
        Class<?> registry = Class.forName("sun.nio.ch.SocketOptionRegistry");
        Method find = registry.getMethod("findOption", SocketOption.class, ProtocolFamily.class);
        find.setAccessible(true);

        Field unspecified = Class.forName("sun.nio.ch.Net").getDeclaredField("UNSPEC");
        unspecified.setAccessible(true);
        ProtocolFamily any = (ProtocolFamily) unspecified.get(null);

        record Row(SocketOption<?> option, ProtocolFamily family, Const level, Const name) {}
        List<Row> rows = List.of(
                new Row(StandardSocketOptions.SO_BROADCAST, any, Const.SOL_SOCKET, Const.SO_BROADCAST),
                new Row(StandardSocketOptions.SO_KEEPALIVE, any, Const.SOL_SOCKET, Const.SO_KEEPALIVE),
                new Row(
                        StandardSocketOptions.SO_LINGER,
                        any,
                        Const.SOL_SOCKET,
                        // macOS counts SO_LINGER in ticks, so the JDK takes the other one there.
                        HOST.defines(Const.SO_LINGER_SEC) ? Const.SO_LINGER_SEC : Const.SO_LINGER),
                new Row(StandardSocketOptions.SO_SNDBUF, any, Const.SOL_SOCKET, Const.SO_SNDBUF),
                new Row(StandardSocketOptions.SO_RCVBUF, any, Const.SOL_SOCKET, Const.SO_RCVBUF),
                new Row(StandardSocketOptions.SO_REUSEADDR, any, Const.SOL_SOCKET, Const.SO_REUSEADDR),
                new Row(StandardSocketOptions.SO_REUSEPORT, any, Const.SOL_SOCKET, Const.SO_REUSEPORT),
                new Row(StandardSocketOptions.TCP_NODELAY, any, Const.IPPROTO_TCP, Const.TCP_NODELAY),
                new Row(StandardSocketOptions.IP_TOS, StandardProtocolFamily.INET, Const.IPPROTO_IP, Const.IP_TOS),
                new Row(
                        StandardSocketOptions.IP_TOS,
                        StandardProtocolFamily.INET6,
                        Const.IPPROTO_IPV6,
                        Const.IPV6_TCLASS),
                new Row(
                        StandardSocketOptions.IP_MULTICAST_IF,
                        StandardProtocolFamily.INET6,
                        Const.IPPROTO_IPV6,
                        Const.IPV6_MULTICAST_IF),
                new Row(
                        StandardSocketOptions.IP_MULTICAST_TTL,
                        StandardProtocolFamily.INET,
                        Const.IPPROTO_IP,
                        Const.IP_MULTICAST_TTL),
                new Row(
                        StandardSocketOptions.IP_MULTICAST_LOOP,
                        StandardProtocolFamily.INET,
                        Const.IPPROTO_IP,
                        Const.IP_MULTICAST_LOOP));

        List<Executable> checks = new ArrayList<>();
        for (Row row : rows) {
            Object key = find.invoke(null, row.option, row.family);
            if (HOST.defines(row.name)) {
                checks.add(() -> {
                    assertNotNull(key, row.name + " in the JDK");
                    assertEquals(HOST.number(row.level), part(key, "level"), row.level::name);
                    assertEquals(HOST.number(row.name), part(key, "name"), row.name::name);
                });
            }
        }
        assertAll(checks);
    }

    private static int part(Object key, String name) throws ReflectiveOperationException {
        Method method = key.getClass().getDeclaredMethod(name);
        method.setAccessible(true);
        return (int) method.invoke(key);
    }

    /** {@code sun.nio.fs.UnixConstants}: the errno names that the JDK's file systems know. */
    @Test
    void theUnixConstantsOfTheJdkAgree() throws Exception {
        List<Executable> checks = new ArrayList<>();
        for (Field field : Class.forName("sun.nio.fs.UnixConstants").getDeclaredFields()) {
            if (Arrays.stream(Const.values()).anyMatch(symbol -> symbol.name().equals(field.getName()))) {
                field.setAccessible(true);
                int number = field.getInt(null);
                Const symbol = Const.valueOf(field.getName());
                checks.add(() -> assertEquals(number, HOST.number(symbol), symbol::name));
            }
        }
        assertTrue(checks.size() >= 10, "the JDK's names that are rows: " + checks.size());
        assertAll(checks);
    }

    /** What a program prints on both streams; null if there is no such program. */
    private static String run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes());
            int status = process.waitFor();
            return status == 0 || !said.isEmpty() ? said : "exit status " + status;
        } catch (IOException e) {
            return null;
        }
    }
}
