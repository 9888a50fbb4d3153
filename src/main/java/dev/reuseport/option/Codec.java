package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the bytes of an {@code optval} and a Java value turn into each other.
 *
 * <p>Buffers are in the byte order of the {@link Abi}, the value at index 0. {@code decode} never throws: a length that
 * the codec does not know is empty.
 *
 * @param <T> the Java value
 */
public sealed interface Codec<T>
        permits Word,
                Codec.Unsigned,
                Codec.Linger,
                Codec.Timeval,
                Codec.CString,
                Codec.InAddr,
                Codec.Info,
                Codec.Fprog,
                Codec.Opaque {
    /** Returns how many bytes to offer to {@code getsockopt}. */
    int size(Abi abi);

    /** Reads what the kernel returned, {@code length} bytes; empty if no value of this kind has that length. */
    Optional<T> decode(Abi abi, ByteBuffer bytes, int length);

    /** Writes {@code value} for {@code setsockopt} and returns the length. */
    int encode(Abi abi, T value, ByteBuffer into);

    /**
     * Reads what a user typed.
     *
     * @throws IllegalArgumentException saying what would have been understood
     */
    T parse(String text);

    /**
     * Reads what the kernel makes of bytes that {@code setsockopt} gets: of too many it takes the first, of too few none.
     * Empty if that is no value of this kind.
     */
    default Optional<T> taken(Abi abi, ByteBuffer bytes, int length) {
        return decode(abi, bytes, Math.min(length, size(abi)));
    }

    /** Returns the bytes of what a user typed, if no value stands for it and the kernel may take it all the same. */
    default Optional<Raw> beyond(Abi abi, String text) {
        return Optional.empty();
    }

    /** Returns what would fit, if a value does not: C's fields are narrower on some systems. */
    default Optional<String> limit(Abi abi, T value) {
        return Optional.empty();
    }

    /** Writes the value for people; {@link #parse} reads it back. */
    default String text(T value) {
        return value.toString();
    }

    /** Writes the value in one word; {@link #parse} reads it back. */
    default String word(T value) {
        return text(value);
    }

    /** Says what the bytes are. */
    String shape();

    /** Says what {@link #parse} understands. */
    String takes();

    /** An unsigned number of 4 or 8 bytes: a cookie, a rate. C's {@code unsigned long} has the word's size. */
    record Unsigned() implements Codec<Long> {
        @Override
        public int size(Abi abi) {
            return Long.BYTES;
        }

        @Override
        public Optional<Long> decode(Abi abi, ByteBuffer bytes, int length) {
            return switch (length) {
                case Integer.BYTES -> Optional.of(bytes.getInt(0) & 0xffffffffL);
                case Long.BYTES -> Optional.of(bytes.getLong(0));
                default -> Optional.empty();
            };
        }

        @Override
        public int encode(Abi abi, Long value, ByteBuffer into) {
            if (abi.wordSize() == Long.BYTES) {
                into.putLong(0, value);
                return Long.BYTES;
            }
            into.putInt(0, value.intValue());
            return Integer.BYTES;
        }

        @Override
        public Optional<Long> taken(Abi abi, ByteBuffer bytes, int length) {
            return decode(abi, bytes, length < Long.BYTES ? Math.min(length, Integer.BYTES) : Long.BYTES);
        }

        @Override
        public Long parse(String text) {
            return integer(text, takes(), Long.SIZE, true);
        }

        @Override
        public Optional<String> limit(Abi abi, Long value) {
            boolean fits = abi.wordSize() == Long.BYTES || value == value.intValue() || value >>> Integer.SIZE == 0;
            return fits ? Optional.empty() : Optional.of(integers(Integer.SIZE, true));
        }

        @Override
        public String text(Long value) {
            return Long.toUnsignedString(value);
        }

        @Override
        public String shape() {
            return "an unsigned number of 4 or 8 bytes";
        }

        @Override
        public String takes() {
            return integers(Long.SIZE, true);
        }
    }

    /**
     * {@code struct linger}: two ints, l_onoff and l_linger. The time is in seconds, but in ticks on macOS, which has
     * SO_LINGER_SEC for seconds.
     *
     * @param inTicks whether the system counts this option in ticks of its own
     */
    record Linger(boolean inTicks) implements Codec<LingerTime> {
        private static final Pattern WHOLE_SECONDS = Pattern.compile("(-?\\d{1,10})s?");

        @Override
        public int size(Abi abi) {
            return abi.lingerSize();
        }

        @Override
        public Optional<LingerTime> decode(Abi abi, ByteBuffer bytes, int length) {
            if (length != abi.lingerSize()) {
                return Optional.empty();
            }
            return Optional.of(new LingerTime(
                    bytes.getInt(0) != 0, Duration.ofMillis((long) bytes.getInt(Integer.BYTES) * millisPerUnit(abi))));
        }

        @Override
        public int encode(Abi abi, LingerTime value, ByteBuffer into) {
            into.putInt(0, value.on() ? 1 : 0)
                    .putInt(Integer.BYTES, (int) (value.time().toMillis() / millisPerUnit(abi)));
            return abi.lingerSize();
        }

        private int millisPerUnit(Abi abi) {
            return inTicks ? abi.lingerTickMillis() : 1000;
        }

        @Override
        public LingerTime parse(String text) {
            if (text.equalsIgnoreCase("off")) {
                return LingerTime.OFF;
            }
            Matcher seconds = WHOLE_SECONDS.matcher(text);
            if (seconds.matches()) {
                long time = Long.parseLong(seconds.group(1));
                if (time == (int) time) {
                    return new LingerTime(true, Duration.ofSeconds(time));
                }
            }
            // A fraction would become 0 on most systems, and 0 resets the connection.
            throw new IllegalArgumentException(takes() + ", not '" + text + "'");
        }

        @Override
        public Optional<String> limit(Abi abi, LingerTime value) {
            long units = value.time().toMillis() / millisPerUnit(abi);
            int most = (int) ((long) Integer.MAX_VALUE * millisPerUnit(abi) / 1000);
            return units == (int) units
                    ? Optional.empty()
                    : Optional.of("off, or whole seconds, " + -most + " to " + most);
        }

        @Override
        public String text(LingerTime value) {
            return value.on() ? seconds(value.time()).toPlainString() + "s" : "off";
        }

        @Override
        public String shape() {
            return "struct linger: two ints of 4 bytes, on or off and "
                    + (inTicks ? "seconds, on macOS ticks" : "seconds");
        }

        @Override
        public String takes() {
            return "off, or whole seconds, " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
        }
    }

    /**
     * {@code struct timeval}: seconds and microseconds, whose widths differ: 8+8 bytes on most 64-bit systems, 8+4 and
     * padding on macOS and NetBSD, 4+4 on 32-bit Linux. 0 means for ever.
     */
    record Timeval() implements Codec<Duration> {
        private static final Pattern SECONDS = Pattern.compile("(-?\\d{1,19}(?:\\.\\d{1,6}0*)?)s?");

        /** A kernel refuses more in tv_usec, or counts them as seconds; no time is written like that. */
        private static final long MICROS_PER_SECOND = 1_000_000;

        @Override
        public int size(Abi abi) {
            return abi.timevalSize();
        }

        @Override
        public Optional<Duration> decode(Abi abi, ByteBuffer bytes, int length) {
            if (length != abi.timevalSize()) {
                return Optional.empty();
            }
            long seconds = field(bytes, 0, abi.timevalSecondsSize());
            long micros = field(bytes, abi.timevalSecondsSize(), abi.timevalMicrosSize());
            return micros < 0 || micros >= MICROS_PER_SECOND
                    ? Optional.empty()
                    : Optional.of(Duration.ofSeconds(seconds, micros * 1000));
        }

        @Override
        public int encode(Abi abi, Duration value, ByteBuffer into) {
            for (int i = 0; i < abi.timevalSize(); i++) {
                into.put(i, (byte) 0);
            }
            put(into, 0, abi.timevalSecondsSize(), value.getSeconds());
            put(into, abi.timevalSecondsSize(), abi.timevalMicrosSize(), value.getNano() / 1000);
            return abi.timevalSize();
        }

        private static long field(ByteBuffer bytes, int at, int size) {
            return size == Long.BYTES ? bytes.getLong(at) : bytes.getInt(at);
        }

        private static void put(ByteBuffer into, int at, int size, long value) {
            if (size == Long.BYTES) {
                into.putLong(at, value);
            } else {
                into.putInt(at, (int) value);
            }
        }

        @Override
        public Duration parse(String text) {
            Matcher seconds = SECONDS.matcher(text);
            if (seconds.matches()) {
                BigDecimal time = new BigDecimal(seconds.group(1));
                BigInteger whole = time.setScale(0, RoundingMode.FLOOR).toBigInteger();
                if (whole.bitLength() < Long.SIZE) {
                    BigDecimal rest = time.subtract(new BigDecimal(whole));
                    return Duration.ofSeconds(
                            whole.longValue(), rest.movePointRight(9).longValue());
                }
            }
            throw new IllegalArgumentException(takes() + ", not '" + text + "'");
        }

        @Override
        public Optional<String> limit(Abi abi, Duration value) {
            boolean fits = abi.timevalSecondsSize() == Long.BYTES || value.getSeconds() == (int) value.getSeconds();
            return fits ? Optional.empty() : Optional.of("seconds, " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
        }

        @Override
        public String text(Duration value) {
            return seconds(value).toPlainString() + "s";
        }

        @Override
        public String shape() {
            return "struct timeval: seconds and microseconds; 0 is for ever";
        }

        @Override
        public String takes() {
            return "seconds, as 30, 0.25 or -1, to the microsecond, " + Long.MIN_VALUE + " to " + Long.MAX_VALUE;
        }
    }

    /**
     * Text that ends at its first NUL or at the returned length.
     *
     * @param capacity the most that the kernel keeps, in bytes with the NUL: TCP_CA_NAME_MAX, IFNAMSIZ
     */
    record CString(int capacity) implements Codec<String> {
        /** How an empty text is written. */
        private static final String NOTHING = "''";

        @Override
        public int size(Abi abi) {
            return capacity;
        }

        @Override
        public Optional<String> decode(Abi abi, ByteBuffer bytes, int length) {
            int end = 0;
            while (end < length && bytes.get(end) != 0) {
                end++;
            }
            byte[] text = new byte[end];
            bytes.get(0, text);
            return Optional.of(new String(text, StandardCharsets.UTF_8));
        }

        @Override
        public int encode(Abi abi, String value, ByteBuffer into) {
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            into.put(0, text).put(text.length, (byte) 0);
            return text.length + 1;
        }

        @Override
        public Optional<String> taken(Abi abi, ByteBuffer bytes, int length) {
            return decode(abi, bytes, Math.min(length, capacity - 1));
        }

        /** No bytes at all, where {@code ''} is a NUL; and of a name that is too long the kernel reads the beginning. */
        @Override
        public Optional<Raw> beyond(Abi abi, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return bytes.length == 0
                    ? Optional.of(Raw.of())
                    : bytes.length >= capacity && bytes.length < Raw.MOST_BYTES
                            ? Optional.of(Raw.of(Arrays.copyOf(bytes, bytes.length + 1)))
                            : Optional.empty();
        }

        @Override
        public String parse(String text) {
            if (text.getBytes(StandardCharsets.UTF_8).length >= Raw.MOST_BYTES) {
                throw new IllegalArgumentException(takes() + ", not '" + text + "'");
            }
            return text.equals(NOTHING) ? "" : text;
        }

        @Override
        public String text(String value) {
            return value.isEmpty() ? NOTHING : value;
        }

        @Override
        public String shape() {
            return "text of at most " + (capacity - 1) + " bytes, and a NUL";
        }

        @Override
        public String takes() {
            return "a name of at most " + (Raw.MOST_BYTES - 1) + " bytes, of which the kernel reads " + (capacity - 1);
        }
    }

    /** {@code struct in_addr}: 4 bytes in network order. */
    record InAddr() implements Codec<String> {
        @Override
        public int size(Abi abi) {
            return Integer.BYTES;
        }

        @Override
        public Optional<String> decode(Abi abi, ByteBuffer bytes, int length) {
            return length == Integer.BYTES
                    ? Optional.of((bytes.get(0) & 0xff) + "." + (bytes.get(1) & 0xff) + "." + (bytes.get(2) & 0xff)
                            + "." + (bytes.get(3) & 0xff))
                    : Optional.empty();
        }

        @Override
        public int encode(Abi abi, String value, ByteBuffer into) {
            String[] parts = value.split("\\.", -1);
            for (int i = 0; i < Integer.BYTES; i++) {
                into.put(i, (byte) Integer.parseInt(parts[i]));
            }
            return Integer.BYTES;
        }

        /** More bytes than these are another structure: {@code struct ip_mreqn}. */
        @Override
        public Optional<String> taken(Abi abi, ByteBuffer bytes, int length) {
            return decode(abi, bytes, length);
        }

        @Override
        public String parse(String text) {
            if (!text.matches("(25[0-5]|(2[0-4]|1?\\d)?\\d)(\\.(25[0-5]|(2[0-4]|1?\\d)?\\d)){3}")) {
                throw new IllegalArgumentException(takes() + ", not '" + text + "'");
            }
            return text;
        }

        @Override
        public String shape() {
            return "struct in_addr: 4 bytes in network order";
        }

        @Override
        public String takes() {
            return "an IPv4 address";
        }
    }

    /** {@code struct tcp_info} of Linux; the other systems have a structure of that name, but not this one. */
    record Info() implements Codec<TcpInfo> {
        @Override
        public int size(Abi abi) {
            return TcpInfo.MAX_SIZE;
        }

        @Override
        public Optional<TcpInfo> decode(Abi abi, ByteBuffer bytes, int length) {
            return abi.platform().linux() ? TcpInfo.decode(abi, bytes, length) : Optional.empty();
        }

        @Override
        public int encode(Abi abi, TcpInfo value, ByteBuffer into) {
            throw new IllegalStateException("TCP_INFO cannot be set");
        }

        @Override
        public TcpInfo parse(String text) {
            throw new IllegalArgumentException(takes());
        }

        @Override
        public String shape() {
            return "struct tcp_info, as long as the kernel makes it";
        }

        @Override
        public String takes() {
            return "nothing: it can only be read";
        }
    }

    /**
     * {@code struct sock_fprog}: a u16 count of instructions, padding to a pointer, and the address of the first. The
     * caller keeps that memory until the call has returned; the kernel copies it.
     */
    record Fprog() implements Codec<SockFprog> {
        @Override
        public int size(Abi abi) {
            return 2 * abi.wordSize();
        }

        @Override
        public Optional<SockFprog> decode(Abi abi, ByteBuffer bytes, int length) {
            return Optional.empty();
        }

        @Override
        public int encode(Abi abi, SockFprog value, ByteBuffer into) {
            into.putLong(0, 0).putShort(0, (short) value.instructions());
            if (abi.wordSize() == Long.BYTES) {
                into.putLong(Long.BYTES, value.address());
            } else {
                into.putInt(Integer.BYTES, (int) value.address());
            }
            return size(abi);
        }

        @Override
        public SockFprog parse(String text) {
            throw new IllegalArgumentException(takes());
        }

        @Override
        public String text(SockFprog value) {
            return value.instructions() + " instructions";
        }

        @Override
        public String shape() {
            return "struct sock_fprog: a count and the address of a classic BPF program";
        }

        @Override
        public String takes() {
            return "a program, which cannot be typed here";
        }
    }

    /**
     * Bytes that have no value of their own here, shown as they are.
     *
     * @param capacity how many bytes to offer
     */
    record Opaque(int capacity) implements Codec<Raw> {
        @Override
        public int size(Abi abi) {
            return capacity;
        }

        @Override
        public Optional<Raw> decode(Abi abi, ByteBuffer bytes, int length) {
            byte[] copy = new byte[length];
            bytes.get(0, copy);
            return Optional.of(Raw.of(copy));
        }

        @Override
        public int encode(Abi abi, Raw value, ByteBuffer into) {
            into.put(0, value.bytes());
            return value.length();
        }

        @Override
        public Optional<Raw> taken(Abi abi, ByteBuffer bytes, int length) {
            return decode(abi, bytes, length);
        }

        @Override
        public Raw parse(String text) {
            if (text.length() > 2 * Raw.MOST_BYTES || !text.matches("([0-9a-fA-F]{2})*")) {
                throw new IllegalArgumentException(takes() + ", not '" + text + "'");
            }
            return Raw.of(HexFormat.of().parseHex(text));
        }

        @Override
        public String shape() {
            return "a structure, shown as its bytes";
        }

        @Override
        public String takes() {
            return "bytes in hex, at most " + Raw.MOST_BYTES + " of them";
        }
    }

    /** Says which integers have so many bits. */
    static String integers(int bits, boolean orUnsigned) {
        BigInteger end = BigInteger.ONE.shiftLeft(bits - 1);
        return "an integer, " + end.negate() + " to " + (orUnsigned ? end.shiftLeft(1) : end).subtract(BigInteger.ONE);
    }

    /** Reads a decimal integer, or one behind {@code 0x}, that has so many bits with a sign, or without if that is said. */
    static long integer(String text, String what, int bits, boolean orUnsigned) {
        if (text.matches("[+-]?(0[xX][0-9a-fA-F]{1,16}|\\d{1,20})")) {
            boolean hex = text.indexOf('x') >= 0 || text.indexOf('X') >= 0;
            BigInteger number = new BigInteger(text.replaceFirst("0[xX]", ""), hex ? 16 : 10);
            if (number.bitLength() < bits || orUnsigned && number.signum() > 0 && number.bitLength() == bits) {
                return number.longValue();
            }
        }
        throw new IllegalArgumentException(what + ", not '" + text + "'");
    }

    /** Writes a time as seconds with as many decimals as it needs. */
    static BigDecimal seconds(Duration time) {
        BigDecimal seconds = BigDecimal.valueOf(time.getSeconds())
                .add(BigDecimal.valueOf(time.getNano(), 9))
                .stripTrailingZeros();
        return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
    }
}
