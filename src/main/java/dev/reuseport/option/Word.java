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
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An int of 4 bytes, whatever it stands for. A reply of 1 byte is a {@code u_char}, as the BSDs have for some options.
 *
 * <p>Classes and not lambdas, concat and not +: each call site of those costs a start a millisecond.
 */
abstract sealed class Word<T> implements Codec<T> {
    /** What every int takes. Text, because a start has no time to count. */
    private static final String INTS = "an integer, -2147483648 to 2147483647";

    static final Word<Boolean> BOOL = new Bool();
    static final Word<Integer> INT = new Int("an int of 4 bytes");
    static final Word<Integer> NETWORK_INT = new NetworkInt();
    static final Word<Long> UNSIGNED_INT = new UnsignedInt("an unsigned int of 4 bytes");
    static final Word<PortRange> PORTS = new Ports();

    private final String shape;
    private final String takes;

    Word(String shape, String takes) {
        this.shape = shape;
        this.takes = takes;
    }

    /** C's {@code int}, which counts these. */
    static Word<Integer> of(String unit) {
        return new Int("an int of 4 bytes: ".concat(unit));
    }

    /** C's {@code unsigned int}, which counts these. */
    static Word<Long> unsignedOf(String unit) {
        return new UnsignedInt("an unsigned int of 4 bytes: ".concat(unit));
    }

    /** One of a few constants, shown with its name. */
    static Word<Named> symbol(List<Const> names) {
        return new Symbol(names);
    }

    /** Returns what an int stands for. */
    abstract T value(Abi abi, int word);

    /** Returns the int that stands for a value. */
    abstract int word(Abi abi, T value);

    @Override
    public int size(Abi abi) {
        return Integer.BYTES;
    }

    @Override
    public Optional<T> decode(Abi abi, ByteBuffer bytes, int length) {
        return switch (length) {
            case Integer.BYTES -> Optional.of(value(abi, bytes.getInt(0)));
            case 1 -> Optional.of(value(abi, bytes.get(0) & 0xff));
            default -> Optional.empty();
        };
    }

    @Override
    public int encode(Abi abi, T value, ByteBuffer into) {
        into.putInt(0, word(abi, value));
        return Integer.BYTES;
    }

    @Override
    public Optional<T> taken(Abi abi, ByteBuffer bytes, int length) {
        return length < Integer.BYTES ? Optional.empty() : decode(abi, bytes, Integer.BYTES);
    }

    @Override
    public String shape() {
        return shape;
    }

    @Override
    public String takes() {
        return takes;
    }

    /**
     * On when it is not 0: macOS, FreeBSD, OpenBSD and DragonFly return the option's own bit, 4 or 0x200, where Linux and
     * NetBSD return 1.
     */
    private static final class Bool extends Word<Boolean> {
        Bool() {
            super("an int of 4 bytes, on when it is not 0", "on, off, or ".concat(INTS));
        }

        @Override
        Boolean value(Abi abi, int word) {
            return word != 0;
        }

        @Override
        int word(Abi abi, Boolean value) {
            return value ? 1 : 0;
        }

        @Override
        public Boolean parse(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "on", "1" -> true;
                case "off", "0" -> false;
                default -> Codec.integer(text, takes(), Integer.SIZE, false) != 0;
            };
        }

        /** Any other int: some options take 1 alone for on (TCP_INQ, SO_ZEROCOPY), and the kernel says which. */
        @Override
        public Optional<Raw> beyond(Abi abi, String text) {
            if (Set.of("on", "off", "1", "0").contains(text.toLowerCase(Locale.ROOT))) {
                return Optional.empty();
            }
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(abi.order());
            bytes.putInt((int) Codec.integer(text, takes(), Integer.SIZE, false));
            return Optional.of(Raw.of(bytes.array()));
        }

        @Override
        public String text(Boolean value) {
            return value ? "on" : "off";
        }
    }

    /** C's {@code int}. */
    private static sealed class Int extends Word<Integer> {
        Int(String shape) {
            super(shape, INTS);
        }

        @Override
        Integer value(Abi abi, int word) {
            return word;
        }

        @Override
        int word(Abi abi, Integer value) {
            return value;
        }

        @Override
        public Integer parse(String text) {
            return (int) Codec.integer(text, takes(), Integer.SIZE, false);
        }
    }

    /** In network order: the interface index of IP_UNICAST_IF. */
    private static final class NetworkInt extends Int {
        NetworkInt() {
            super("an int of 4 bytes in network order: the index of an interface");
        }

        @Override
        Integer value(Abi abi, int word) {
            return word(abi, word);
        }

        @Override
        int word(Abi abi, Integer value) {
            return abi.order() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
        }
    }

    /**
     * C's {@code unsigned int}: a mark, milliseconds. Eight bytes would do on little-endian CPUs, whose kernels read the first
     * four; on big-endian ones those are zero.
     */
    private static final class UnsignedInt extends Word<Long> {
        UnsignedInt(String shape) {
            super(shape, "an integer, -2147483648 to 4294967295");
        }

        @Override
        Long value(Abi abi, int word) {
            return Integer.toUnsignedLong(word);
        }

        @Override
        int word(Abi abi, Long value) {
            return value.intValue();
        }

        @Override
        public Long parse(String text) {
            return Integer.toUnsignedLong((int) Codec.integer(text, takes(), Integer.SIZE, true));
        }
    }

    /** Two ports: the low half is the lower bound, the high half the upper, 0 for no bound. */
    private static final class Ports extends Word<PortRange> {
        private static final int LAST_PORT = 0xffff;
        private static final Pattern RANGE = Pattern.compile("(\\d{1,5})-(\\d{1,5})");

        Ports() {
            super(
                    "two ports in an int of 4 bytes, the lower bound in its low half; 0 is no bound",
                    "two ports of at most 65535, LOWER-UPPER");
        }

        @Override
        public Optional<PortRange> decode(Abi abi, ByteBuffer bytes, int length) {
            return length == Integer.BYTES ? super.decode(abi, bytes, length) : Optional.empty();
        }

        @Override
        public Optional<PortRange> taken(Abi abi, ByteBuffer bytes, int length) {
            return decode(abi, bytes, length);
        }

        @Override
        PortRange value(Abi abi, int word) {
            return new PortRange(word & 0xffff, word >>> 16);
        }

        @Override
        int word(Abi abi, PortRange value) {
            return value.upper() << 16 | value.lower();
        }

        @Override
        public PortRange parse(String text) {
            Matcher ports = RANGE.matcher(text);
            if (ports.matches()) {
                PortRange range = new PortRange(Integer.parseInt(ports.group(1)), Integer.parseInt(ports.group(2)));
                if (Math.max(range.lower(), range.upper()) <= LAST_PORT) {
                    return range;
                }
            }
            throw new IllegalArgumentException(takes() + ", not '" + text + "'");
        }

        @Override
        public String text(PortRange value) {
            return value.lower() + "-" + value.upper();
        }
    }

    /** An int that is one of a few constants. */
    private static final class Symbol extends Word<Named> {
        private static final Pattern NUMBER = Pattern.compile("(-?\\d{1,10})(?: \\((\\w+)\\))?");

        private final List<Const> names;

        Symbol(List<Const> names) {
            super("an int of 4 bytes: ", INTS.concat(", or one of "));
            this.names = names;
        }

        @Override
        Named value(Abi abi, int word) {
            return new Named(
                    word,
                    names.stream()
                            .filter(name -> abi.defines(name) && abi.number(name) == word)
                            .findFirst()
                            .map(Const::name));
        }

        @Override
        int word(Abi abi, Named value) {
            return value.number();
        }

        @Override
        public String shape() {
            return names.stream().map(Const::name).collect(Collectors.joining(", ", super.shape(), ""));
        }

        /** Takes a number, or a name whose number is the same wherever it is defined; an AF_INET6 is not. */
        @Override
        public Named parse(String text) {
            Matcher number = NUMBER.matcher(text);
            if (number.matches()) {
                long parsed = Long.parseLong(number.group(1));
                if (parsed == (int) parsed) {
                    return new Named((int) parsed, Optional.ofNullable(number.group(2)));
                }
            }
            return names.stream()
                    .filter(name -> name.name().equalsIgnoreCase(text))
                    .flatMap(name ->
                            commonNumber(name).stream().mapToObj(found -> new Named(found, Optional.of(name.name()))))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(takes() + ", not '" + text + "'"));
        }

        @Override
        public String word(Named value) {
            return value.name().orElseGet(() -> Integer.toString(value.number()));
        }

        @Override
        public String takes() {
            return names.stream()
                    .filter(name -> commonNumber(name).isPresent())
                    .map(Const::name)
                    .collect(Collectors.joining(", ", super.takes(), ""));
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
}
