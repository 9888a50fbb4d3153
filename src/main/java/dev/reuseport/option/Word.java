package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An int of 4 bytes, whatever it stands for. A reply of 1 byte is a {@code u_char}, as the BSDs have for some options.
 *
 * @param shape what it is
 * @param value what an int stands for
 * @param word the int that stands for a value
 * @param read what a user typed
 * @param written a value for people
 */
record Word<T>(String shape, FromInt<T> value, ToInt<T> word, Function<String, T> read, Function<T, String> written)
        implements Codec<T> {
    interface FromInt<T> {
        T of(Abi abi, int word);
    }

    interface ToInt<T> {
        int of(Abi abi, T value);
    }

    /**
     * On when it is not 0: macOS, FreeBSD, OpenBSD and DragonFly return the option's own bit, 4 or 0x200, where Linux and
     * NetBSD return 1.
     */
    static final Word<Boolean> BOOL = new Word<>(
            "an int of 4 bytes, on when it is not 0",
            (abi, word) -> word != 0,
            (abi, on) -> on ? 1 : 0,
            Word::onOrOff,
            on -> on ? "on" : "off");

    /** C's {@code int}. */
    static final Word<Integer> INT = new Word<>(
            "an int of 4 bytes",
            (abi, word) -> word,
            (abi, number) -> number,
            text -> Codec.parsed(text, "an integer", Integer::decode),
            String::valueOf);

    /** In network order: the interface index of IP_UNICAST_IF. */
    static final Word<Integer> NETWORK_INT =
            new Word<>("an int of 4 bytes in network order", Word::turned, Word::turned, INT.read, INT.written);

    /**
     * C's {@code unsigned int}: a mark, milliseconds. Eight bytes would do on little-endian CPUs, whose kernels read the first
     * four; on big-endian ones those are zero.
     */
    static final Word<Long> UNSIGNED_INT = new Word<>(
            "an unsigned int of 4 bytes",
            (abi, word) -> Integer.toUnsignedLong(word),
            (abi, number) -> number.intValue(),
            text -> Codec.parsed(
                    text,
                    "an integer of 32 bits that is not negative",
                    digits -> Integer.toUnsignedLong(Integer.parseUnsignedInt(digits))),
            String::valueOf);

    private static final Pattern RANGE = Pattern.compile("(\\d{1,5})-(\\d{1,5})");

    /** Two ports: the low half is the lower bound, the high half the upper, 0 for no bound. */
    static final Word<PortRange> PORTS = new Word<>(
            "two ports in an int of 4 bytes, the lower bound in its low half; 0 is no bound",
            (abi, word) -> new PortRange(word & 0xffff, word >>> 16),
            (abi, range) -> range.upper() << 16 | range.lower(),
            Word::range,
            range -> range.lower() + "-" + range.upper());

    private static final int LAST_PORT = 0xffff;
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,9})(?: \\((\\w+)\\))?");

    /** One of a few constants, shown with its name. */
    static Word<Named> symbol(List<Const> names) {
        return new Word<>(
                names.stream().map(Const::name).collect(Collectors.joining(", ", "an int of 4 bytes: ", "")),
                (abi, word) -> new Named(
                        word,
                        names.stream()
                                .filter(name -> abi.defines(name) && abi.number(name) == word)
                                .findFirst()
                                .map(Const::name)),
                (abi, named) -> named.number(),
                text -> symbol(names, text),
                Named::toString);
    }

    @Override
    public int size(Abi abi) {
        return Integer.BYTES;
    }

    @Override
    public Optional<T> decode(Abi abi, ByteBuffer bytes, int length) {
        return switch (length) {
            case Integer.BYTES -> Optional.of(value.of(abi, bytes.getInt(0)));
            case 1 -> Optional.of(value.of(abi, bytes.get(0) & 0xff));
            default -> Optional.empty();
        };
    }

    @Override
    public int encode(Abi abi, T of, ByteBuffer into) {
        into.putInt(0, word.of(abi, of));
        return Integer.BYTES;
    }

    @Override
    public T parse(String text) {
        return read.apply(text);
    }

    @Override
    public String text(T of) {
        return written.apply(of);
    }

    private static boolean onOrOff(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "on", "1" -> true;
            case "off", "0" -> false;
            default -> throw new IllegalArgumentException("on, off, 1 or 0, not '" + text + "'");
        };
    }

    private static int turned(Abi abi, int value) {
        return abi.order() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }

    private static PortRange range(String text) {
        Matcher ports = RANGE.matcher(text);
        if (ports.matches()) {
            PortRange range = new PortRange(Integer.parseInt(ports.group(1)), Integer.parseInt(ports.group(2)));
            if (Math.max(range.lower(), range.upper()) <= LAST_PORT) {
                return range;
            }
        }
        throw new IllegalArgumentException("two ports of at most 65535, LOWER-UPPER, not '" + text + "'");
    }

    /** Takes a number, or a name whose number is the same wherever it is defined; an AF_INET6 is not. */
    private static Named symbol(List<Const> names, String text) {
        Matcher number = NUMBER.matcher(text);
        if (number.matches()) {
            return new Named(Integer.parseInt(number.group(1)), Optional.ofNullable(number.group(2)));
        }
        return names.stream()
                .filter(name -> name.name().equalsIgnoreCase(text))
                .flatMap(name ->
                        commonNumber(name).stream().mapToObj(found -> new Named(found, Optional.of(name.name()))))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a number"
                        + names.stream()
                                .filter(name -> commonNumber(name).isPresent())
                                .map(Const::name)
                                .collect(Collectors.joining(", ", " or one of ", ""))
                        + ", not '" + text + "'"));
    }

    private static OptionalInt commonNumber(Const name) {
        int[] numbers = Stream.of(Platform.values())
                .filter(name::definedOn)
                .mapToInt(name::on)
                .distinct()
                .toArray();
        return numbers.length == 1 ? OptionalInt.of(numbers[0]) : OptionalInt.empty();
    }
}
