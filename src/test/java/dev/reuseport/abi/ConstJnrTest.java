package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jnr.constants.Constant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * jnr-constants as a second witness. Its tables are right where it has one; which table a JVM gets is another matter,
 * because it looks for {@code platform.OS.ARCH}, then {@code platform.OS}, then an invented {@code platform.fake}.
 */
class ConstJnrTest {

    /** Its enums that hold rows of ours. */
    private static final List<String> ENUMS = List.of(
            "AddressFamily",
            "Errno",
            "Fcntl",
            "IP",
            "IPProto",
            "IPv6",
            "Multicast",
            "OpenFlags",
            "Shutdown",
            "Sock",
            "SocketLevel",
            "SocketMessage",
            "SocketOption",
            "TCP",
            "UDP");

    @ParameterizedTest
    @CsvSource({
        "linux,         LINUX",
        "linux.aarch64, LINUX",
        "linux.s390x,   LINUX",
        "linux.loongarch64, LINUX",
        "linux.mips64el, LINUX_MIPS",
        "linux.powerpc64, LINUX_POWERPC",
        "darwin,        DARWIN",
        "freebsd,       FREEBSD",
        "openbsd,       OPENBSD",
        "dragonflybsd,  DRAGONFLY",
    })
    void itsOwnTablesAgree(String table, Platform platform) throws Exception {
        assertTrue(
                rows(table).size() > 150,
                () -> "rows of " + table + " that are rows here: " + rows(table).size());
        assertEquals(Map.of(), disagreements(table, platform));
    }

    /** Oracle's Solaris and illumos parted in 2010; options that both added since have two numbers. */
    @Test
    void itsSolarisIsOraclesNotIllumos() {
        Map<String, Integer> oracles = Map.of(
                "AF_NETLINK", 34,
                "SO_NOSIGPIPE", 8192,
                "SO_REUSEPORT", 4110,
                "TCP_CONGESTION", 35,
                "TCP_INFO", 34,
                "TCP_KEEPCNT", 31,
                "TCP_KEEPIDLE", 29,
                "TCP_KEEPINTVL", 30,
                "TCP_MD5SIG", 36);
        assertEquals(new TreeMap<>(oracles), disagreements("solaris", Platform.ILLUMOS));
    }

    @ParameterizedTest
    @CsvSource({
        // os.name, os.arch, table it has, table that is taken, rows that are wrong then
        "Linux, mips,    none,            linux, SO_REUSEPORT SOCK_STREAM SOL_SOCKET EADDRINUSE",
        "Linux, mipsel,  none,            linux, SO_REUSEPORT SOCK_STREAM SOL_SOCKET EADDRINUSE",
        "Linux, mips64,  none,            linux, SO_REUSEPORT SOCK_STREAM SOL_SOCKET EADDRINUSE",
        "Linux, sparcv9, none,            linux, SO_REUSEPORT SO_REUSEADDR SOL_SOCKET EADDRINUSE",
        "Linux, alpha,   none,            linux, SO_REUSEPORT SO_REUSEADDR SOL_SOCKET EADDRINUSE",
        "Linux, parisc,  none,            linux, SO_REUSEPORT SO_REUSEADDR SOL_SOCKET EADDRINUSE",
        "Linux, ppc64,   linux.powerpc64, linux, SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_RCVTIMEO SO_SNDLOWAT SO_SNDTIMEO",
        "Linux, ppc64le, linux.powerpc64, linux, SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_RCVTIMEO SO_SNDLOWAT SO_SNDTIMEO",
        "NetBSD, amd64,  none,            fake,  SO_REUSEPORT SO_REUSEADDR SOL_SOCKET EADDRINUSE",
        "DragonFly, amd64, dragonflybsd,  fake,  SO_REUSEPORT SO_REUSEADDR SOL_SOCKET EADDRINUSE",
    })
    void theTableThatItTakesIsWrong(String osName, String osArch, String has, String taken, String wrong) {
        String os = osName.toLowerCase(Locale.ROOT);
        assertThrows(ClassNotFoundException.class, () -> table(os + "." + osArch, "SocketOption"));
        if (taken.equals("fake")) {
            assertThrows(ClassNotFoundException.class, () -> table(os, "SocketOption"));
        }
        assertTrue(has.equals("none") || !rows(has).isEmpty());
        assertTrue(disagreements(taken, Abi.of(osName, osArch).platform())
                .keySet()
                .containsAll(Arrays.asList(wrong.split(" "))));
        assertTrue(
                rows(taken).stream().anyMatch(row -> row.name().equals("SO_REUSEADDR") && row.defined()),
                "and it calls them defined");
    }

    /** What a table says otherwise than we do, a row that we have not included. */
    private static Map<String, Integer> disagreements(String table, Platform platform) {
        return rows(table).stream()
                .filter(row -> !agrees(row, Const.valueOf(row.name()), platform))
                .collect(Collectors.toMap(Constant::name, Constant::intValue, (one, same) -> one, TreeMap::new));
    }

    private static boolean agrees(Constant row, Const symbol, Platform platform) {
        return symbol.definedOn(platform) && symbol.on(platform) == row.intValue();
    }

    private static List<Constant> rows(String table) {
        List<Constant> rows = new ArrayList<>();
        for (String name : ENUMS) {
            try {
                for (Constant constant : table(table, name)) {
                    if (Arrays.stream(Const.values())
                            .anyMatch(symbol -> symbol.name().equals(constant.name()))) {
                        rows.add(constant);
                    }
                }
            } catch (ClassNotFoundException e) {
                throw new AssertionError("jnr-constants has no " + table + "." + name, e);
            }
        }
        return rows;
    }

    private static Constant[] table(String table, String name) throws ClassNotFoundException {
        return (Constant[])
                Class.forName("jnr.constants.platform." + table + "." + name).getEnumConstants();
    }
}
