package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Raw;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockFprog;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is typed is refused with what would fit, or handed to a kernel, whose answer is an answer. */
@EnabledOnOs(OS.LINUX)
final class TypedSettingsTest {
    private static final int EACH = 60;

    private final Random random = new Random(20261126);

    /** What the last {@code setsockopt} got. */
    private Optional<Raw> got = Optional.empty();

    private final Syscalls syscalls = Watched.of(new JnrSyscalls(), (call, arguments) -> {
        if (call.equals("setsockopt")) {
            got = Optional.of(Raw.of(((NativeBuffer) arguments[3]).copy((Integer) arguments[4])));
        }
        return OptionalInt.empty();
    });

    private final Abi abi = syscalls.abi();

    static Stream<SockOpt<?>> settable() {
        return SockOpts.all().stream()
                .filter(option ->
                        option.definedOn(Abi.host()) && option.access().writable());
    }

    /** Returns what the kernel said. */
    private String set(Setting<?> setting) throws IOException {
        boolean udp = setting.option().level() == Const.IPPROTO_UDP;
        try (NativeSocket socket =
                NativeSocket.open(syscalls, Const.AF_INET, udp ? Const.SOCK_DGRAM : Const.SOCK_STREAM)) {
            socket.set(setting);
            return "ok";
        } catch (ErrnoException e) {
            return e.errno().name();
        }
    }

    private String typed() {
        return switch (random.nextInt(12)) {
            case 0 -> Integer.toString(random.nextInt());
            case 1 -> Integer.toString(random.nextInt(5) - 2);
            case 2 ->
                new BigInteger(70, random)
                        .subtract(BigInteger.ONE.shiftLeft(69))
                        .toString();
            case 3 -> "0x" + Long.toHexString(random.nextLong() >>> random.nextInt(64));
            case 4 -> any("-1", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296");
            case 5 -> random.nextInt(100) - 50 + "." + random.nextInt(2_000_000);
            case 6 -> any("4294967296s", "9223372036854775807.999999s", "-9223372036854775808s", "-0.5s", "off", "on");
            case 7 -> random.nextInt(300) + "." + random.nextInt(300) + "." + random.nextInt(300) + ".1";
            case 8 -> random.nextInt(70000) + "-" + random.nextInt(70000);
            case 9 -> HexFormat.of().formatHex(bytes(random.nextInt(40)));
            case 10 -> any("", "''", "lo", "cubic", "x".repeat(16), "x".repeat(511), "x".repeat(512), "ab".repeat(513));
            default -> any("IP_PMTUDISC_DO", "ip_pmtudisc_want", "5", "é", "1e3", "--1", "+7", "1:2", "NaN", "0b1");
        };
    }

    private String any(String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            for (int i = 1; i < length; i++) {
                bytes[i] = 0;
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("settable")
    void whatIsTypedReachesTheKernelOrIsRefusedWithWhatWouldFit(SockOpt<?> option) throws IOException {
        for (int i = 0; i < EACH; i++) {
            String text = typed();
            Setting<?> setting;
            try {
                setting = Setting.parse(option + "=" + text);
            } catch (IllegalArgumentException e) {
                assertTrue(
                        e.getMessage()
                                .startsWith(option + " takes " + option.codec().takes()),
                        e::getMessage);
                continue;
            }
            got = Optional.empty();
            set(setting);
            ByteBuffer expected = ByteBuffer.allocate(512).order(abi.order());
            byte[] optval = new byte[setting.encode(abi, expected)];
            expected.get(0, optval);
            assertArrayEquals(optval, got.orElseThrow().bytes(), setting::toString);
            assertEquals(setting, Setting.parse(setting.toString()));
            assertEquals(setting, Setting.parse(setting.shortText()));
            if (text.matches("-?\\d+") && setting.value() instanceof Integer && option.level() != Const.IPPROTO_IPV6) {
                boolean network = option == SockOpts.IP_UNICAST_IF;
                int number = got.orElseThrow().length() == 4 ? expected.getInt(0) : 0;
                assertEquals(Integer.parseInt(text), network ? Integer.reverseBytes(number) : number, text);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("settable")
    void bytesReachTheKernelAsTheyAreTyped(SockOpt<?> option) throws IOException {
        if (option.codec() == SockOpts.SO_ATTACH_FILTER.codec()) {
            return; // they would hold an address
        }
        for (int i = 0; i < EACH; i++) {
            byte[] optval = bytes(random.nextInt(24));
            String level = symbol(option.level().name(), abi.number(option.level()));
            String name = symbol(option.name(), abi.number(option.option()));
            String text = level + ":" + name + ":" + HexFormat.of().formatHex(optval);
            Setting<?> setting = Setting.parse(text);
            set(setting);
            assertArrayEquals(optval, got.orElseThrow().bytes(), text);
            assertEquals(text, setting.toString());
            assertEquals(text, setting.shortText());
            assertEquals(setting, Setting.parse(text));
        }
    }

    private String symbol(String name, int number) {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.toString(number);
            case 1 -> "0x" + Integer.toHexString(number);
            case 2 -> name.toLowerCase(Locale.ROOT);
            default -> name;
        };
    }

    static Stream<SockOpt<?>> lookedAt() {
        return Stream.of(
                SockOpts.SO_REUSEADDR,
                SockOpts.SO_REUSEPORT,
                SockOpts.SO_KEEPALIVE,
                SockOpts.SO_LINGER,
                SockOpts.SO_RCVTIMEO,
                SockOpts.SO_BINDTODEVICE,
                SockOpts.SO_BINDTOIFINDEX,
                SockOpts.IP_FREEBIND,
                SockOpts.IP_TRANSPARENT,
                SockOpts.IP_BIND_ADDRESS_NO_PORT,
                SockOpts.IP_LOCAL_PORT_RANGE,
                SockOpts.IPV6_V6ONLY,
                SockOpts.IPV6_FREEBIND,
                SockOpts.TCP_REPAIR);
    }

    /** Whose value the rules take from the bytes: where the kernel takes them, there is one, and it is the kernel's. */
    @ParameterizedTest
    @MethodSource("lookedAt")
    <T> void theValueOfBytesIsWhatTheKernelMakesOfThem(SockOpt<T> option) throws IOException {
        Loopback.assumeSockets(Const.AF_INET6);
        for (int length = 0; length <= 20; length++) {
            for (int i = 0; i < 8; i++) {
                byte[] optval = bytes(length);
                if (option == SockOpts.SO_BINDTODEVICE && i < 4) {
                    System.arraycopy(new byte[] {'l', 'o'}, 0, optval, 0, Math.min(2, length));
                }
                Setting<?> setting = Setting.parse(abi.number(option.level()) + ":" + abi.number(option.option()) + ":"
                        + HexFormat.of().formatHex(optval));
                boolean has = setting.option() == option;
                try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
                    socket.set(setting);
                    assertTrue(has || length == 0, setting + " is taken");
                    if (has
                            && (option.codec() == SockOpts.SO_REUSEADDR.codec()
                                    || option == SockOpts.SO_BINDTODEVICE)) {
                        assertEquals(
                                Optional.of(setting.value()), socket.get(option).toOptional(), setting.toString());
                    }
                } catch (ErrnoException e) {
                    boolean ofItsValue = setting.value() instanceof PortRange range && range.lower() > range.upper()
                            || setting.value() instanceof Integer
                            || setting.value() instanceof LingerTime;
                    assertTrue(!has || ofItsValue || !e.errno().is(Const.EINVAL), setting + ": " + e.getMessage());
                }
            }
        }
    }

    @Test
    void theKernelsAnswerIsShownAndNotTheParsersOpinion() throws IOException {
        assertEquals("ok", set(Setting.parse("SO_RCVTIMEO=-1s")));
        assertEquals("ok", set(Setting.parse("SO_RCVTIMEO=4294967296")));
        assertEquals("EINVAL", set(Setting.parse("TCP_CONGESTION=")));
        assertEquals(0, got.orElseThrow().length());
        assertEquals("ENOENT", set(Setting.parse("TCP_CONGESTION=''")));
        assertEquals("ok", set(Setting.parse("SO_BINDTODEVICE=")));
        assertEquals("EINVAL", set(Setting.parse("TCP_INQ=2")));
        assertEquals("ok", set(Setting.parse("SO_REUSEADDR=-7")));
        assertEquals("EINVAL", set(Setting.parse("TCP_USER_TIMEOUT=-1")));
        assertEquals("EINVAL", set(Setting.parse("IP_MTU_DISCOVER=-1")));
        assertEquals("EINVAL", set(Setting.parse("IP_TTL=256")));
        assertEquals("EDOM", set(Setting.parse("SOL_SOCKET:SO_RCVTIMEO:" + "01".repeat(16))));
        assertEquals("EINVAL", set(Setting.parse("SOL_SOCKET:SO_REUSEPORT:")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1:4095:01000000", "270:1:00", "SOL_SOCKET:SO_TYPE:01000000", "0xffffffff:1:", "6:4095:"})
    void whatTheTableDoesNotHaveIsTheKernelsToAnswer(String text) throws IOException {
        assertTrue(List.of("ENOPROTOOPT", "EINVAL", "EOPNOTSUPP").contains(set(Setting.parse(text))), text);
    }

    @Test
    void aListenerTakesThemTooAndTheJdkDoesNot() throws IOException {
        Setting<?> setting = Setting.parse(
                "SOL_SOCKET:SO_KEEPALIVE:" + (abi.order() == java.nio.ByteOrder.BIG_ENDIAN ? "00000001" : "01000000"));
        try (NativeTcpListener listener = NativeTcpListener.open(syscalls, Const.AF_INET)) {
            listener.set(setting);
            assertEquals(Optional.of(true), listener.get(SockOpts.SO_KEEPALIVE).toOptional());
        }
        try (OptionSocket socket = Mode.JDK.open(Const.AF_INET, Const.SOCK_STREAM)) {
            String said = assertThrows(NotPossibleException.class, () -> socket.set(setting))
                    .getMessage();
            assertEquals("the JDK takes values of its own and no bytes: " + setting, said);
            assertThrows(IOException.class, () -> socket.set(Setting.parse("SO_LINGER=-1")));
        }
    }

    @Test
    void aProgramInMemoryIsOfNoSetting() {
        List<SockOpt<?>> programs = new ArrayList<>();
        settable()
                .filter(option -> option.codec() == SockOpts.SO_ATTACH_FILTER.codec())
                .forEach(programs::add);
        for (SockOpt<?> option : programs) {
            assertThrows(IllegalArgumentException.class, () -> Setting.parse(option + "=1"));
            Setting<?> bytes = Setting.parse(
                    abi.number(option.level()) + ":" + abi.number(option.option()) + ":" + "00".repeat(16));
            assertTrue(bytes.value() instanceof Raw && !(bytes.value() instanceof SockFprog));
        }
    }
}
