package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Symbol;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * An option and the value that it is to get: {@code SO_RCVBUF=65536}, or by numbers {@code 1:8:00000100}.
 *
 * @param option the option
 * @param value the value; of bytes what the kernel makes of them
 * @param typed what was typed and cannot be had from the value: bytes, or text that stands for more than it
 * @param <T> the Java value
 */
public record Setting<T>(SockOpt<T> option, T value, Optional<Typed> typed) {
    private static final String FORM =
            "LEVEL:NAME:BYTES, as 1:15:01000000: numbers or C names, and bytes in hex as they lie in memory";

    /**
     * Bytes as they were asked for.
     *
     * @param text the whole setting
     * @param optval the bytes
     */
    public record Typed(String text, Raw optval) {}

    /** A value that its codec encodes. */
    public Setting(SockOpt<T> option, T value) {
        this(option, value, Optional.empty());
    }

    /**
     * Reads {@code NAME=VALUE}, {@code NAME} alone for {@code NAME=on}, or {@code LEVEL:NAME:BYTES}. Names may be in lower
     * case. What the bytes of an option can hold is taken, whether the kernel wants it or not.
     *
     * <p>Numbers and bytes are this host's. Where they are an option of the table with a value, they are read as that.
     *
     * @throws IllegalArgumentException if the option is unknown, cannot be set, or cannot hold this value
     */
    public static Setting<?> parse(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (name.indexOf(':') >= 0) {
            return byNumbers(text);
        }
        SockOpt<?> option = SockOpts.named(name.toUpperCase(Locale.ROOT))
                .orElseThrow(() -> new IllegalArgumentException("no option is called '" + name + "'"));
        if (!option.access().writable()) {
            throw new IllegalArgumentException(option + " can only be read");
        }
        return of(option, equals < 0 ? "on" : text.substring(equals + 1));
    }

    private static Setting<?> byNumbers(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3 || !parts[2].matches("([0-9a-fA-F]{2})*")) {
            throw new IllegalArgumentException("'" + text + "' is not " + FORM);
        }
        Symbol level = symbol(parts[0], text);
        Symbol name = symbol(parts[1], text);
        if (parts[2].length() > 2 * Raw.MOST_BYTES) {
            throw new IllegalArgumentException(
                    level + ":" + name + " takes at most " + Raw.MOST_BYTES + " bytes in hex here");
        }
        Typed typed = new Typed(text, Raw.of(HexFormat.of().parseHex(parts[2])));
        return Abi.hostIfKnown()
                .flatMap(abi -> SockOpts.at(abi.platform(), level, name).flatMap(option -> meant(option, abi, typed)))
                .orElseGet(
                        () -> new Setting<>(SockOpt.outsideTheTable(level, name), typed.optval(), Optional.of(typed)));
    }

    private static Symbol symbol(String text, String whole) {
        return Symbol.parse(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "' in '" + whole + "' is no number of 32 bits and no constant"));
    }

    /**
     * What the kernel makes of bytes. At IPPROTO_IP Linux takes the first of fewer than four for an int, and with some
     * options no byte for 0, which is left to the kernel here ({@code do_ip_setsockopt}).
     */
    private static <T> Optional<Setting<?>> meant(SockOpt<T> option, Abi abi, Typed typed) {
        ByteBuffer bytes = ByteBuffer.wrap(typed.optval().bytes()).order(abi.order());
        int length = bytes.capacity();
        boolean octet = length > 0
                && length < Integer.BYTES
                && option.level() == Const.IPPROTO_IP
                && abi.platform().linux();
        Codec<T> codec = option.codec();
        return (octet ? codec.decode(abi, bytes, 1) : codec.taken(abi, bytes, length))
                .map(value -> new Setting<>(option, value, Optional.of(typed)));
    }

    private static <T> Setting<?> of(SockOpt<T> option, String value) {
        // A setting is one word: of a step, and of the line that another process reads. # begins a comment there.
        if (value.chars().anyMatch(c -> Character.isWhitespace(c) || c == '#')) {
            throw new IllegalArgumentException(
                    option + " takes one word without white space and #, not '" + value + "'");
        }
        try {
            return of(option, value, Abi.hostIfKnown());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " takes " + e.getMessage(), e);
        }
    }

    private static <T> Setting<?> of(SockOpt<T> option, String value, Optional<Abi> host) {
        Codec<T> codec = option.codec();
        Optional<Raw> beyond = host.flatMap(abi -> codec.beyond(abi, value));
        if (beyond.isPresent()) {
            return meant(option, host.get(), new Typed(option + "=" + value, beyond.get()))
                    .orElseThrow();
        }
        T parsed = codec.parse(value);
        Optional<String> limit = host.flatMap(abi -> codec.limit(abi, parsed));
        if (limit.isPresent()) {
            throw new IllegalArgumentException(limit.get() + " here, not '" + value + "'");
        }
        return new Setting<>(option, parsed);
    }

    /** Writes the {@code optval} and returns its length. */
    public int encode(Abi abi, ByteBuffer into) {
        if (typed.isEmpty()) {
            return option.codec().encode(abi, value, into);
        }
        byte[] bytes = typed.get().optval().bytes();
        into.put(0, bytes);
        return bytes.length;
    }

    /** {@code NAME} for what is on, else {@code NAME=VALUE} or what was typed. */
    public String shortText() {
        return typed.isEmpty() && Boolean.TRUE.equals(value) ? option.toString() : toString();
    }

    /** {@code NAME=VALUE}, or what was typed, in one word. */
    @Override
    public String toString() {
        return typed.map(Typed::text)
                .orElseGet(() -> option + "=" + option.codec().word(value));
    }
}
