package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CodecTest {
    private static final Abi LINUX = Abi.of("Linux", "amd64");
    private static final Abi LINUX_32 = Abi.of("Linux", "arm");
    private static final Abi BIG_ENDIAN = Abi.of("Linux", "s390x");
    private static final Abi DARWIN = Abi.of("Mac OS X", "aarch64");

    static Stream<Abi> abis() {
        return Stream.of(Platform.values())
                .flatMap(platform -> Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)
                        .flatMap(order -> Stream.of(4, 8).map(word -> new Abi(platform, word, order))));
    }

    private static ByteBuffer buffer(Abi abi) {
        return ByteBuffer.allocate(512).order(abi.order());
    }

    private static <T> Optional<T> roundTrip(Abi abi, Codec<T> codec, T value) {
        ByteBuffer bytes = buffer(abi);
        while (bytes.hasRemaining()) {
            bytes.put((byte) 0xee);
        }
        int length = codec.encode(abi, value, bytes);
        return codec.decode(abi, bytes, length);
    }

    @ParameterizedTest
    @MethodSource("abis")
    void everyCodecRoundTripsForEveryAbi(Abi abi) {
        for (boolean value : List.of(true, false)) {
            assertEquals(Optional.of(value), roundTrip(abi, Word.BOOL, value));
        }
        for (int value : List.of(0, 1, -1, 65536, Integer.MIN_VALUE)) {
            assertEquals(Optional.of(value), roundTrip(abi, Word.INT, value));
            assertEquals(Optional.of(value), roundTrip(abi, Word.NETWORK_INT, value));
        }
        for (long value : List.of(0L, 1L, 0xffffffffL)) {
            assertEquals(Optional.of(value), roundTrip(abi, new Codec.Unsigned(), value));
            assertEquals(Optional.of(value), roundTrip(abi, Word.UNSIGNED_INT, value));
        }
        Duration time = Duration.ofSeconds(3, 250_000_000);
        assertEquals(Optional.of(time), roundTrip(abi, new Codec.Timeval(), time));
        LingerTime linger = new LingerTime(true, Duration.ofSeconds(7));
        assertEquals(Optional.of(linger), roundTrip(abi, new Codec.Linger(true), linger));
        assertEquals(Optional.of(linger), roundTrip(abi, new Codec.Linger(false), linger));
        assertEquals(Optional.of("cubic"), roundTrip(abi, new Codec.CString(16), "cubic"));
        assertEquals(Optional.of("224.0.0.251"), roundTrip(abi, new Codec.InAddr(), "224.0.0.251"));
        PortRange range = new PortRange(40000, 60999);
        assertEquals(Optional.of(range), roundTrip(abi, Word.PORTS, range));
        Raw raw = Raw.of((byte) 0xab, (byte) 1);
        assertEquals(Optional.of(raw), roundTrip(abi, new Codec.Opaque(64), raw));
        Named stream = new Named(abi.number(Const.SOCK_STREAM), Optional.of("SOCK_STREAM"));
        assertEquals(
                Optional.of(stream), roundTrip(abi, Word.symbol(List.of(Const.SOCK_STREAM, Const.SOCK_DGRAM)), stream));
    }

    @Test
    void aSetBooleanIsWhateverIsNotZero() {
        ByteBuffer bytes = buffer(DARWIN);
        bytes.putInt(0, DARWIN.setBoolean(Const.SO_REUSEPORT));
        assertEquals(0x200, bytes.getInt(0));
        assertEquals(Optional.of(true), Word.BOOL.decode(DARWIN, bytes, 4));
    }

    @Test
    void aTimevalIsAsWideAsTheSystemsHeaderSays() {
        Duration time = Duration.ofSeconds(1, 500_000_000);
        assertEquals("010000000000000020a1070000000000", encoded(LINUX, time));
        assertEquals("0100000020a10700", encoded(LINUX_32, time));
        assertEquals("0000000000000001000000000007a120", encoded(BIG_ENDIAN, time));
        assertEquals("010000000000000020a1070000000000", encoded(DARWIN, time));
        // The padding behind macOS's 4-byte tv_usec is not part of the value.
        ByteBuffer dirty = buffer(DARWIN);
        dirty.putLong(0, 1).putInt(8, 500_000).putInt(12, -1);
        assertEquals(Optional.of(time), new Codec.Timeval().decode(DARWIN, dirty, 16));
    }

    private static String encoded(Abi abi, Duration time) {
        ByteBuffer bytes = buffer(abi);
        byte[] copy = new byte[new Codec.Timeval().encode(abi, time, bytes)];
        bytes.get(0, copy);
        return Raw.of(copy).toString();
    }

    /** A kernel reads an int from the first four bytes, however many there are. */
    @ParameterizedTest
    @MethodSource("abis")
    void anUnsignedIntFillsFourBytesWhateverTheWord(Abi abi) {
        ByteBuffer bytes = buffer(abi);
        assertEquals(4, Word.UNSIGNED_INT.encode(abi, 0xfffffffeL, bytes));
        assertEquals(-2, bytes.getInt(0));
        assertEquals(abi.wordSize(), new Codec.Unsigned().encode(abi, 5L, bytes));
    }

    @Test
    void anInterfaceIndexIsInNetworkOrder() {
        for (Abi abi : List.of(LINUX, BIG_ENDIAN)) {
            ByteBuffer bytes = buffer(abi);
            Word.NETWORK_INT.encode(abi, 2, bytes);
            assertEquals(0, bytes.get(0));
            assertEquals(2, bytes.get(3));
        }
    }

    @Test
    void aSymbolIsTypedByNumberOrByANameThatHasOneNumber() {
        Word<Named> mtu = Word.symbol(List.of(Const.IP_PMTUDISC_DONT, Const.IP_PMTUDISC_DO));
        assertEquals(new Named(2, Optional.of("IP_PMTUDISC_DO")), mtu.parse("ip_pmtudisc_do"));
        assertEquals(new Named(5, Optional.empty()), mtu.parse("5"));
        Named read = new Named(2, Optional.of("IP_PMTUDISC_DO"));
        assertEquals(read, mtu.parse(mtu.text(read)));
        refused(
                mtu,
                "do",
                "an integer, -2147483648 to 2147483647, or one of IP_PMTUDISC_DONT, IP_PMTUDISC_DO, not 'do'");
        refused(
                mtu,
                "99999999999",
                "an integer, -2147483648 to 2147483647, or one of IP_PMTUDISC_DONT, IP_PMTUDISC_DO, not '99999999999'");
        Word<Named> family = Word.symbol(List.of(Const.AF_INET, Const.AF_INET6));
        assertEquals(2, family.parse("AF_INET").number());
        refused(family, "AF_INET6", "an integer, -2147483648 to 2147483647, or one of AF_INET, not 'AF_INET6'");
    }

    @Test
    void lingerCountsTicksOnDarwinAndSecondsElsewhere() {
        ByteBuffer bytes = buffer(LINUX);
        bytes.putInt(0, 1).putInt(4, 5);
        assertEquals(
                Optional.of(new LingerTime(true, Duration.ofSeconds(5))),
                new Codec.Linger(true).decode(LINUX, bytes, 8));
        assertEquals(
                Optional.of(new LingerTime(true, Duration.ofMillis(50))),
                new Codec.Linger(true).decode(DARWIN, bytes, 8));
        assertEquals(
                Optional.of(new LingerTime(true, Duration.ofSeconds(5))),
                new Codec.Linger(false).decode(DARWIN, bytes, 8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 5, 6, 7, 9, 12, 15, 17, 400})
    void aLengthThatNoValueHasIsNotDecoded(int length) {
        ByteBuffer bytes = buffer(LINUX);
        for (Codec<?> codec : List.of(
                Word.BOOL,
                Word.INT,
                new Codec.Unsigned(),
                Word.UNSIGNED_INT,
                Word.NETWORK_INT,
                new Codec.Timeval(),
                new Codec.Linger(false),
                new Codec.InAddr(),
                Word.PORTS,
                new Codec.Fprog())) {
            assertEquals(Optional.empty(), codec.decode(LINUX, bytes, length), codec.toString());
        }
    }

    @Test
    void aTimeoutLongerThanAnybodyLivesIsWritten() {
        Duration tenBillion = Duration.ofSeconds(10_000_000_000L);
        assertEquals(Optional.of(tenBillion), roundTrip(LINUX, new Codec.Timeval(), tenBillion));
        assertEquals("10000000000s", new Codec.Timeval().text(tenBillion));
        assertEquals("0.25s", new Codec.Timeval().text(Duration.ofMillis(250)));
    }

    @Test
    void aTimeBelowZeroIsSecondsAndWhatIsMissingFromThem() {
        assertEquals("ffffffffffffffffb0710b0000000000", encoded(LINUX, Duration.ofMillis(-250)));
        assertEquals(
                Optional.of(Duration.ofMillis(-250)),
                roundTrip(LINUX_32, new Codec.Timeval(), Duration.ofMillis(-250)));
        assertEquals("-0.25s", new Codec.Timeval().text(Duration.ofMillis(-250)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_000_000, Long.MAX_VALUE})
    void moreThanASecondOfMicrosecondsIsNoTime(long micros) {
        ByteBuffer bytes = buffer(LINUX);
        bytes.putLong(0, Long.MAX_VALUE).putLong(8, micros);
        assertEquals(Optional.empty(), new Codec.Timeval().decode(LINUX, bytes, 16));
    }

    @Test
    void whatDoesNotFitIntoTheFieldsOfASystemIsSaid() {
        Duration long64 = Duration.ofSeconds(4294967296L);
        assertEquals(Optional.empty(), new Codec.Timeval().limit(LINUX, long64));
        assertEquals(Optional.of("seconds, -2147483648 to 2147483647"), new Codec.Timeval().limit(LINUX_32, long64));
        assertEquals(Optional.empty(), new Codec.Unsigned().limit(LINUX, 1L << 40));
        assertEquals(Optional.empty(), new Codec.Unsigned().limit(LINUX_32, -1L));
        assertEquals(Optional.empty(), new Codec.Unsigned().limit(LINUX_32, 0xffffffffL));
        assertEquals(
                Optional.of("an integer, -2147483648 to 4294967295"), new Codec.Unsigned().limit(LINUX_32, 1L << 32));
        LingerTime aYear = new LingerTime(true, Duration.ofDays(365));
        assertEquals(Optional.empty(), new Codec.Linger(true).limit(LINUX, aYear));
        assertEquals(Optional.empty(), new Codec.Linger(false).limit(DARWIN, aYear));
        assertEquals(
                Optional.of("off, or whole seconds, -21474836 to 21474836"),
                new Codec.Linger(true).limit(DARWIN, aYear));
    }

    @Test
    void ofTooManyBytesTheKernelTakesTheFirst() {
        ByteBuffer bytes = buffer(LINUX);
        bytes.putInt(0, 7).putInt(4, 8);
        assertEquals(Optional.of(7), Word.INT.taken(LINUX, bytes, 8));
        assertEquals(Optional.of(7), Word.INT.taken(LINUX, bytes, 5));
        assertEquals(Optional.empty(), Word.INT.taken(LINUX, bytes, 3));
        assertEquals(Optional.empty(), Word.BOOL.taken(LINUX, bytes, 1));
        assertEquals(Optional.of("7.0.0.0"), new Codec.InAddr().taken(LINUX, bytes, 4));
        assertEquals(Optional.empty(), new Codec.InAddr().taken(LINUX, bytes, 12));
        bytes.put(0, "abcdefghijklmnopqrstuvwxyz".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(Optional.of("abcdefghijklmno"), new Codec.CString(16).taken(LINUX, bytes, 26));
        assertEquals(Optional.of(""), new Codec.CString(16).taken(LINUX, bytes, 0));
    }

    @Test
    void textEndsAtItsNulOrAtItsLength() {
        ByteBuffer bytes = buffer(LINUX);
        bytes.put(0, "bbr\0garbage".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(Optional.of("bbr"), new Codec.CString(16).decode(LINUX, bytes, 16));
        assertEquals(Optional.of("bb"), new Codec.CString(16).decode(LINUX, bytes, 2));
        assertEquals(Optional.of(""), new Codec.CString(16).decode(LINUX, bytes, 0));
    }

    @Test
    void aProgramIsACountAndAPointer() {
        ByteBuffer bytes = buffer(LINUX);
        assertEquals(16, new Codec.Fprog().encode(LINUX, new SockFprog(3, 0x1122334455667788L), bytes));
        assertEquals(3, bytes.getShort(0));
        assertEquals(0x1122334455667788L, bytes.getLong(8));
        assertEquals(8, new Codec.Fprog().encode(LINUX_32, new SockFprog(3, 0x55667788L), bytes));
        assertEquals(0x55667788, bytes.getInt(4));
    }

    @Test
    void whatIsTypedIsRead() {
        assertEquals(true, Word.BOOL.parse("on"));
        assertEquals(false, Word.BOOL.parse("0"));
        assertEquals(0x10, Word.INT.parse("0x10"));
        assertEquals(-1L, new Codec.Unsigned().parse("18446744073709551615"));
        assertEquals(1L, new Codec.Unsigned().parse("0x1"));
        assertEquals(-1L, new Codec.Unsigned().parse("-1"));
        assertEquals(0xfffffffeL, Word.UNSIGNED_INT.parse("-2"));
        assertEquals(Integer.MIN_VALUE, Word.INT.parse("-2147483648"));
        assertEquals(10, Word.INT.parse("010"));
        assertEquals(Duration.ofMillis(250), new Codec.Timeval().parse("0.25"));
        assertEquals(Duration.ofMillis(-250), new Codec.Timeval().parse("-0.250000000s"));
        assertEquals(Duration.ofSeconds(4294967296L), new Codec.Timeval().parse("4294967296"));
        assertEquals(Duration.ofSeconds(Long.MIN_VALUE), new Codec.Timeval().parse("-9223372036854775808"));
        assertEquals(new LingerTime(true, Duration.ofSeconds(-1)), new Codec.Linger(true).parse("-1"));
        assertEquals(LingerTime.OFF, new Codec.Linger(true).parse("off"));
        assertEquals(new LingerTime(true, Duration.ZERO), new Codec.Linger(true).parse("0"));
        assertEquals(new PortRange(1, 2), Word.PORTS.parse("1-2"));
    }

    @Test
    void whatIsTypedWrongIsRefusedWithWhatWouldDo() {
        refused(Word.BOOL, "yes", "on, off, or an integer, -2147483648 to 2147483647, not 'yes'");
        refused(Word.INT, "1.5", "an integer, -2147483648 to 2147483647, not '1.5'");
        refused(Word.INT, "2147483648", "an integer, -2147483648 to 2147483647, not '2147483648'");
        refused(Word.INT, "-0x80000001", "an integer, -2147483648 to 2147483647, not '-0x80000001'");
        refused(Word.UNSIGNED_INT, "4294967296", "an integer, -2147483648 to 4294967295, not '4294967296'");
        refused(
                new Codec.Unsigned(),
                "18446744073709551616",
                "an integer, -9223372036854775808 to 18446744073709551615, not '18446744073709551616'");
        String seconds =
                "seconds, as 30, 0.25 or -1, to the microsecond, -9223372036854775808 to 9223372036854775807, not ";
        refused(new Codec.Timeval(), "9223372036854775808", seconds + "'9223372036854775808'");
        refused(new Codec.Timeval(), "-9223372036854775808.5", seconds + "'-9223372036854775808.5'");
        refused(new Codec.Timeval(), "1e100", seconds + "'1e100'");
        // Less than a microsecond would be set as 0, and 0 is for ever.
        refused(new Codec.Timeval(), "0.0000001", seconds + "'0.0000001'");
        String whole = "off, or whole seconds, -2147483648 to 2147483647, not ";
        refused(new Codec.Linger(true), "soon", whole + "'soon'");
        // Half a second would be set as 0, and 0 resets the connection at close.
        refused(new Codec.Linger(true), "0.5", whole + "'0.5'");
        refused(new Codec.Linger(true), "4294967301", whole + "'4294967301'");
        refused(
                new Codec.CString(16),
                "x".repeat(512),
                "a name of at most 511 bytes, of which the kernel reads 15, not '" + "x".repeat(512) + "'");
        refused(new Codec.InAddr(), "1.2.3.256", "an IPv4 address, not '1.2.3.256'");
        refused(Word.PORTS, "1-70000", "two ports of at most 65535, LOWER-UPPER, not '1-70000'");
        refused(new Codec.Opaque(4), "xyz", "bytes in hex, at most 512 of them, not 'xyz'");
        refused(new Codec.Opaque(4), "abc", "bytes in hex, at most 512 of them, not 'abc'");
    }

    /** The two that nobody can type say why, and are not typed. */
    @Test
    void aRefusalBeginsWithWhatIsTaken() {
        for (SockOpt<?> option : SockOpts.all()) {
            Codec<?> codec = option.codec();
            if (codec instanceof Codec.CString) {
                refused(codec, "x".repeat(512), codec.takes() + ", not '" + "x".repeat(512) + "'");
            } else if (codec instanceof Codec.Info || codec instanceof Codec.Fprog) {
                refused(codec, "?", codec.takes());
            } else {
                refused(codec, "?", codec.takes() + ", not '?'");
            }
        }
    }

    private static void refused(Codec<?> codec, String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> codec.parse(text))
                        .getMessage());
    }
}
