package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConstTest {

    /** The columns that differ in number of their landmarks, in the order of {@link Platform}. */
    @ParameterizedTest
    @CsvSource({
        // symbol,       linux, mips, sparc, alpha, parisc, powerpc, darwin, freebsd, openbsd, netbsd, dragonfly,
        // illumos
        "SO_REUSEPORT,     15,  512,   512,   512,    512,      15,    512,     512,     512,    512,       512,      NO",
        "SO_REUSEADDR,      2,    4,     4,     4,      4,       2,      4,       4,       4,      4,         4,       4",
        "SOL_SOCKET,        1, 65535, 65535, 65535, 65535,       1,  65535,   65535,   65535,  65535,     65535,   65535",
        "SOCK_STREAM,       1,    2,     1,     1,      1,       1,      1,       1,       1,      1,         1,       2",
        "AF_INET6,         10,   10,    10,    10,     10,      10,     30,      28,      24,     24,        28,      26",
        "EADDRINUSE,       98,  125,    48,    48,    226,      98,     48,      48,      48,     48,        48,     125",
        "SO_RCVLOWAT,      18, 4100,  2048,  4112,   4100,      16,   4100,    4100,    4100,   4100,      4100,    4100",
        "SO_REUSEPORT_LB,  NO,   NO,    NO,    NO,     NO,      NO,     NO,   65536,      NO,     NO,        NO,      NO",
        "TCP_KEEPIDLE,      4,    4,     4,     4,      4,       4,     NO,     256,      NO,      3,       256,      34",
        "O_NONBLOCK,     2048,  128, 16384,     4,  65536,    2048,      4,       4,       4,      4,         4,     128",
        "MSG_NOSIGNAL,  16384, 16384, 16384, 16384, 16384,   16384, 524288,  131072,    1024,   1024,      1024,     512",
    })
    void landmarksStandWhereTheyAreKnownToStand(
            Const symbol,
            String linux,
            String mips,
            String sparc,
            String alpha,
            String parisc,
            String powerpc,
            String darwin,
            String freebsd,
            String openbsd,
            String netbsd,
            String dragonfly,
            String illumos) {
        String expected = String.join(
                " ", linux, mips, sparc, alpha, parisc, powerpc, darwin, freebsd, openbsd, netbsd, dragonfly, illumos);
        String found = Arrays.stream(Platform.values())
                .map(platform -> symbol.definedOn(platform) ? Integer.toString(symbol.on(platform)) : "NO")
                .collect(Collectors.joining(" "));
        assertEquals(expected, found);
    }

    /** But for what a system without a column has. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SO_EXCLUSIVEADDRUSE")
    void someSystemDefinesEveryRow(Const symbol) {
        assertTrue(Arrays.stream(Platform.values()).anyMatch(symbol::definedOn));
    }

    @ParameterizedTest
    @EnumSource
    void aCellIsANumberThatIsNotNegativeOrIsKnownAbsent(Const symbol) {
        for (Platform platform : Platform.values()) {
            if (symbol.definedOn(platform)) {
                assertTrue(symbol.on(platform) >= 0, () -> symbol + " on " + platform);
            } else {
                IllegalStateException refusal = assertThrows(IllegalStateException.class, () -> symbol.on(platform));
                assertEquals(symbol + " is not defined on " + platform.id(), refusal.getMessage());
            }
        }
    }

    /** Linux ports differ in numbers, not in what they have: but for these, which one port alone has. */
    @Test
    void allLinuxColumnsDefineTheSameSymbols() {
        Set<Const> own = EnumSet.of(Const.EPROCLIM, Const.SO_RCVBUFFORCE);
        for (Const symbol : Const.values()) {
            if (!own.contains(symbol)) {
                long columns = Arrays.stream(Platform.values())
                        .filter(Platform::linux)
                        .filter(symbol::definedOn)
                        .count();
                assertTrue(columns == 0 || columns == 6, () -> symbol + " is in " + columns + " of 6 Linux columns");
            }
        }
    }

    /** Two options of one level cannot share a number, but for those that the headers make synonyms. */
    @ParameterizedTest
    @EnumSource
    void anOptionSharesItsNumberWithItsSynonymsAlone(Platform platform) {
        Set<String> synonyms = Set.of(
                "IPV6_2292HOPOPTS IPV6_HOPOPTS",
                "IPV6_ADD_MEMBERSHIP IPV6_JOIN_GROUP",
                "IPV6_BINDV6ONLY IPV6_V6ONLY",
                "IPV6_DROP_MEMBERSHIP IPV6_LEAVE_GROUP",
                "IPV6_ORIGDSTADDR IPV6_RECVORIGDSTADDR",
                "IP_ORIGDSTADDR IP_RECVORIGDSTADDR",
                "IP_PKTINFO IP_RECVPKTINFO",
                "IP_RECVDSTADDR IP_SENDSRCADDR",
                "IP_RECVRETOPTS IP_RETOPTS",
                "SO_ATTACH_FILTER SO_GET_FILTER",
                "SO_DETACH_BPF SO_DETACH_FILTER",
                "SO_PROTOCOL SO_PROTOTYPE",
                "TCP_CM_INQ TCP_INQ");
        Set<String> found = new TreeSet<>();
        for (String level : new String[] {"SO_", "IP_", "IPV6_", "TCP_", "UDP_"}) {
            Const[] options = Arrays.stream(Const.values())
                    .filter(symbol -> symbol.name().startsWith(level) && symbol.definedOn(platform))
                    .filter(symbol -> !isValueOfAnOption(symbol))
                    .toArray(Const[]::new);
            for (Const one : options) {
                for (Const other : options) {
                    if (one.name().compareTo(other.name()) < 0 && one.on(platform) == other.on(platform)) {
                        found.add(one + " " + other);
                    }
                }
            }
        }
        found.removeAll(synonyms);
        assertEquals(Set.of(), found);
    }

    /** Rows that start like options of a level and are none: what IP_MTU_DISCOVER takes, and states of a connection. */
    private static boolean isValueOfAnOption(Const symbol) {
        return symbol.name().startsWith("IP_PMTUDISC_") || symbol.compareTo(Const.TCP_ESTABLISHED) >= 0;
    }

    @Test
    void theSameErrorHasOneNumberOnlyWhereTheHeadersSaySo() {
        for (Platform platform : Platform.values()) {
            assertEquals(Const.EAGAIN.on(platform), Const.EWOULDBLOCK.on(platform), platform.id());
            boolean synonyms = platform.linux() || platform == Platform.FREEBSD || platform == Platform.DRAGONFLY;
            assertEquals(synonyms, Const.ENOTSUP.on(platform) == Const.EOPNOTSUPP.on(platform), platform.id());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SO_REUSEPORT, 15, 15",
        "SO_REUSEPORT, 512, 0x200",
        "SO_REUSEADDR, 4, 4",
        "SOL_SOCKET, 1, 1",
        "SOL_SOCKET, 65535, 0xffff",
        "SO_LINGER, 128, 0x80",
        "SO_INQ, 84, 84",
        "SOCK_NONBLOCK, 1073741824, 0x40000000",
        "TCP_KEEPCNT, 258, 0x102",
        "EADDRINUSE, 226, 226",
        "SOMAXCONN, 4096, 4096",
    })
    void aValueIsWrittenAsTheFieldWritesIt(Const symbol, int value, String text) {
        assertEquals(text, symbol.text(value));
    }

    static Stream<Captured> captured() {
        return Captured.all();
    }

    @ParameterizedTest
    @MethodSource("captured")
    void capturedProbesAgree(Captured probe) {
        Platform platform = probe.abi().platform();
        Set<String> defined = Arrays.stream(Const.values())
                .filter(symbol -> symbol.definedOn(platform))
                .map(Const::name)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> rows = new TreeSet<>(probe.values().keySet());
        rows.removeIf(name -> !isRow(name));
        assertEquals(defined, rows, "rows that the compiler saw defined");
        assertAll(rows.stream()
                .map(Const::valueOf)
                .map(symbol -> () -> assertEquals(
                        probe.values().get(symbol.name()), symbol.on(platform), symbol + " on " + platform.id())));
    }

    private static boolean isRow(String name) {
        return Arrays.stream(Const.values()).anyMatch(symbol -> symbol.name().equals(name));
    }

    @Test
    void everyColumnWithHeadersHasACapturedProbe() {
        Set<Platform> probed =
                Captured.all().map(probe -> probe.abi().platform()).collect(Collectors.toSet());
        Set<Platform> unprobed = EnumSet.allOf(Platform.class);
        unprobed.removeAll(probed);
        assertEquals(EnumSet.of(Platform.DRAGONFLY, Platform.ILLUMOS), unprobed);
    }

    @Test
    void noCellIsTakenForANumber() {
        assertFalse(Const.SO_MARK.definedOn(Platform.DARWIN));
        assertThrows(IllegalStateException.class, () -> Const.SO_MARK.on(Platform.DARWIN));
    }
}
