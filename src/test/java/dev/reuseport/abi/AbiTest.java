package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AbiTest {

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux, 8, LITTLE_ENDIAN",
        "Linux, x86_64, linux, 8, LITTLE_ENDIAN",
        "Linux, i386, linux, 4, LITTLE_ENDIAN",
        "Linux, x86, linux, 4, LITTLE_ENDIAN",
        "Linux, aarch64, linux, 8, LITTLE_ENDIAN",
        "Linux, arm, linux, 4, LITTLE_ENDIAN",
        "Linux, riscv64, linux, 8, LITTLE_ENDIAN",
        "Linux, loongarch64, linux, 8, LITTLE_ENDIAN",
        "Linux, s390x, linux, 8, BIG_ENDIAN",
        "Linux, m68k, linux, 4, BIG_ENDIAN",
        "Linux, mips, linux-mips, 4, BIG_ENDIAN",
        "Linux, mipsel, linux-mips, 4, LITTLE_ENDIAN",
        "Linux, mips64, linux-mips, 8, BIG_ENDIAN",
        "Linux, mips64el, linux-mips, 8, LITTLE_ENDIAN",
        "Linux, sparc, linux-sparc, 4, BIG_ENDIAN",
        "Linux, sparcv9, linux-sparc, 8, BIG_ENDIAN",
        "Linux, alpha, linux-alpha, 8, LITTLE_ENDIAN",
        "Linux, parisc, linux-parisc, 4, BIG_ENDIAN",
        "Linux, ppc, linux-powerpc, 4, BIG_ENDIAN",
        "Linux, ppc64, linux-powerpc, 8, BIG_ENDIAN",
        "Linux, ppc64le, linux-powerpc, 8, LITTLE_ENDIAN",
        "Mac OS X, aarch64, darwin, 8, LITTLE_ENDIAN",
        "Mac OS X, x86_64, darwin, 8, LITTLE_ENDIAN",
        "FreeBSD, amd64, freebsd, 8, LITTLE_ENDIAN",
        "FreeBSD, aarch64, freebsd, 8, LITTLE_ENDIAN",
        "FreeBSD, i386, freebsd, 4, LITTLE_ENDIAN",
        "FreeBSD, ppc64, freebsd, 8, BIG_ENDIAN",
        "OpenBSD, amd64, openbsd, 8, LITTLE_ENDIAN",
        "NetBSD, amd64, netbsd, 8, LITTLE_ENDIAN",
        "NetBSD, sparcv9, netbsd, 8, BIG_ENDIAN",
        "DragonFly, amd64, dragonfly, 8, LITTLE_ENDIAN",
        "SunOS, amd64, illumos, 8, LITTLE_ENDIAN",
        "SunOS, sparcv9, illumos, 8, BIG_ENDIAN",
    })
    void whatAJvmReportsIsKnown(String osName, String osArch, String platform, int wordSize, String order) {
        ByteOrder bytes = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        assertEquals(new Abi(Platform.of(platform).orElseThrow(), wordSize, bytes), Abi.of(osName, osArch));
    }

    @ParameterizedTest
    @CsvSource({
        "Windows 11, amd64",
        "AIX, ppc64",
        "HP-UX, IA64N",
        "Linux, x32",
        "Linux, ia64",
        "Linux, sh",
        "Linux, s390",
        "Linux, riscv32",
        "Linux, amd64le",
        "FreeBSD, arm",
        "DragonFly, i386",
        "SunOS, x86",
        "Mac OS X, ppc",
        "linux, amd64",
    })
    void anyOtherPairIsRefusedInOneSentenceThatNamesIt(String osName, String osArch) {
        UnsupportedAbiException refusal = assertThrows(UnsupportedAbiException.class, () -> Abi.of(osName, osArch));
        assertEquals(
                "os.name \"" + osName + "\" with os.arch \"" + osArch
                        + "\" is not supported, because its constants and layouts are not known here",
                refusal.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void anIdNamesItsPlatform(Platform platform) {
        assertEquals(Optional.of(platform), Platform.of(platform.id()));
        assertEquals(platform.id().startsWith("linux"), platform.linux());
    }

    @Test
    void anIdIsNoOtherName() {
        assertEquals(Optional.empty(), Platform.of("macos"));
        assertEquals(Optional.of(Platform.LINUX_MIPS), Platform.of("Linux-MIPS"));
    }

    @Test
    void aWordHasFourOrEightBytes() {
        assertThrows(IllegalArgumentException.class, () -> new Abi(Platform.LINUX, 2, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void aPlatformDefinesWhatItsColumnHolds() {
        Abi mips = Abi.of("Linux", "mips64el");
        assertEquals(0x200, mips.number(Const.SO_REUSEPORT));
        assertTrue(mips.defines(Const.SO_MARK));
        Abi mac = Abi.of("Mac OS X", "aarch64");
        assertEquals(0x1025, mac.number(Const.SO_REUSESHAREUID));
        assertThrows(IllegalStateException.class, () -> mac.number(Const.SO_MARK));
    }

    @ParameterizedTest
    @CsvSource({
        // os.name, os.arch, length byte, in6, seconds, micros, timeval
        "Linux, amd64, false, 28, 8, 8, 16",
        "Linux, i386, false, 28, 4, 4, 8",
        "Linux, mips, false, 28, 4, 4, 8",
        "Linux, sparcv9, false, 28, 8, 4, 16",
        "Linux, sparc, false, 28, 4, 4, 8",
        "Linux, alpha, false, 28, 8, 8, 16",
        "Mac OS X, aarch64, true, 28, 8, 4, 16",
        "FreeBSD, amd64, true, 28, 8, 8, 16",
        "FreeBSD, i386, true, 28, 4, 4, 8",
        "OpenBSD, amd64, true, 28, 8, 8, 16",
        "OpenBSD, i386, true, 28, 8, 4, 12",
        "NetBSD, amd64, true, 28, 8, 4, 16",
        "NetBSD, i386, true, 28, 8, 4, 12",
        "DragonFly, amd64, true, 28, 8, 8, 16",
        "SunOS, amd64, false, 32, 8, 8, 16",
    })
    void layoutsDiffer(String osName, String osArch, boolean length, int in6, int seconds, int micros, int timeval) {
        Abi abi = Abi.of(osName, osArch);
        assertEquals(length, abi.sockaddrHasLength());
        assertEquals(16, abi.sockaddrInSize());
        assertEquals(in6, abi.sockaddrIn6Size());
        assertEquals(8, abi.lingerSize());
        assertEquals(seconds, abi.timevalSecondsSize());
        assertEquals(micros, abi.timevalMicrosSize());
        assertEquals(timeval, abi.timevalSize());
    }

    static Stream<Captured> captured() {
        return Captured.all();
    }

    @ParameterizedTest
    @MethodSource("captured")
    void capturedLayoutsAgree(Captured probe) {
        assertAll(HeaderAssertions.layouts(probe.abi()).entrySet().stream()
                .map(layout ->
                        () -> assertEquals(probe.values().get(layout.getKey()), layout.getValue(), layout.getKey())));
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, 434, 438",
        "Linux, mips, 4434, 4438",
        "Linux, mips64el, 5434, 5438",
        "Linux, sparcv9, 434, 438",
        "Linux, alpha, 544, 548",
        "Linux, parisc, 434, 438",
        "Linux, ppc64le, 434, 438",
    })
    void theSystemCallsAreNumberedByCpu(String osName, String osArch, int open, int getfd) {
        Abi abi = Abi.of(osName, osArch);
        assertEquals(open, abi.syscallPidfdOpen());
        assertEquals(getfd, abi.syscallPidfdGetfd());
    }

    @Test
    void onlyLinuxHasLinuxSystemCalls() {
        Abi abi = Abi.of("FreeBSD", "amd64");
        assertThrows(IllegalStateException.class, abi::syscallPidfdOpen);
        assertThrows(IllegalStateException.class, abi::syscallPidfdGetfd);
    }

    @ParameterizedTest
    @CsvSource({
        // option,         Linux, macOS, FreeBSD, OpenBSD, NetBSD, DragonFly, illumos
        "SO_REUSEADDR,         1,     4,       4,       4,      1,         4,       4",
        "SO_REUSEPORT,         1, 0x200,   0x200,   0x200,      1,     0x200,      NO",
        "SO_KEEPALIVE,         1,     8,       8,       8,      1,         8,       8",
        "SO_LINGER,            1,     1,    0x80,    0x80,      1,      0x80,    0x80",
        "SO_DONTROUTE,         1,  0x10,    0x10,       0,      1,      0x10,    0x10",
        "SO_NOSIGPIPE,        NO,     1,   0x800,      NO,      1,     0x800,      NO",
        "SO_REUSESHAREUID,    NO,  0x40,      NO,      NO,     NO,        NO,      NO",
        "SO_REUSEPORT_LB,     NO,    NO, 0x10000,      NO,     NO,        NO,      NO",
        "TCP_NODELAY,          1,     4,       4,       4,      4,         4,       1",
        "IPV6_V6ONLY,          1,     1,       1,       1,      1,         1,       1",
    })
    void aSetBooleanReadsBackAsThatSystemKeepsIt(
            Const option,
            String linux,
            String darwin,
            String freebsd,
            String openbsd,
            String netbsd,
            String dragonfly,
            String illumos) {
        assertEquals(linux, setBoolean("Linux", option));
        assertEquals(darwin, setBoolean("Mac OS X", option));
        assertEquals(freebsd, setBoolean("FreeBSD", option));
        assertEquals(openbsd, setBoolean("OpenBSD", option));
        assertEquals(netbsd, setBoolean("NetBSD", option));
        assertEquals(dragonfly, setBoolean("DragonFly", option));
        assertEquals(illumos, setBoolean("SunOS", option));
    }

    private static String setBoolean(String osName, Const option) {
        Abi abi = Abi.of(osName, osName.equals("Mac OS X") ? "x86_64" : "amd64");
        if (!abi.defines(option)) {
            assertThrows(IllegalStateException.class, () -> abi.setBoolean(option));
            return "NO";
        }
        int value = abi.setBoolean(option);
        return value < 16 ? Integer.toString(value) : "0x" + Integer.toHexString(value);
    }

    @Test
    void thePowerpcRowsThatDifferAreTheOnesItsDescriptionNames() {
        assertEquals(
                "SO_RCVLOWAT SO_RCVTIMEO SO_SNDLOWAT SO_SNDTIMEO SO_PASSCRED SO_PEERCRED",
                String.join(
                        " ",
                        Arrays.stream(Const.values())
                                .filter(symbol -> symbol.definedOn(Platform.LINUX)
                                        && symbol.on(Platform.LINUX) != symbol.on(Platform.LINUX_POWERPC))
                                .map(Const::name)
                                .toList()));
    }

    @Test
    void theHostIsKnownAndOrderedAsTheJvmSays() {
        Abi host = Abi.host();
        assertEquals(ByteOrder.nativeOrder(), host.order());
        String model = System.getProperty("sun.arch.data.model");
        assertNotEquals(null, model, "sun.arch.data.model");
        assertEquals(Integer.parseInt(model) / 8, host.wordSize());
    }
}
