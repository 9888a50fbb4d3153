package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.option.Codec;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.SockOpt;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import java.util.Optional;

/** Options of a channel under their C names, by way of {@code StandardSocketOptions} and {@code ExtendedSocketOptions}. */
public final class NioOptions {
    private NioOptions() {}

    public static <T> Probe<T> get(NetworkChannel channel, Const family, SockOpt<T> option) {
        Optional<SocketOption<?>> twin = twin(channel, family, option);
        if (twin.isEmpty()) {
            return new Probe.NotDefined<>(className(channel));
        }
        try {
            return new Probe.Value<>(fromJdk(option, channel.getOption(twin.get())), Optional.empty());
        } catch (IOException | RuntimeException e) {
            return new Probe.Refused<>(Optional.empty(), String.valueOf(e.getMessage()), Optional.empty());
        }
    }

    /**
     * Sets it.
     *
     * @param family AF_INET or AF_INET6, for which the channel was opened
     * @throws NotDefinedException if this channel has no name for it
     * @throws IOException naming the option if the JDK does not take the value, which the kernel may; or of the kernel's
     */
    public static <T> void set(NetworkChannel channel, Const family, SockOpt<T> option, T value) throws IOException {
        @SuppressWarnings("unchecked") // toJdk makes the twin's own type
        SocketOption<Object> twin = (SocketOption<Object>)
                twin(channel, family, option).orElseThrow(() -> new NotDefinedException(option, className(channel)));
        try {
            channel.setOption(twin, twin.type().cast(toJdk(value)));
        } catch (IllegalArgumentException e) {
            throw new IOException("setOption " + option + ": " + e.getMessage(), e);
        }
    }

    /** The JDK has one name for a pair: its IP_TOS is IPV6_TCLASS on an AF_INET6 channel, and so on. */
    private static Optional<SocketOption<?>> twin(NetworkChannel channel, Const family, SockOpt<?> option) {
        boolean ofOtherFamily =
                family == Const.AF_INET6 ? option.level() == Const.IPPROTO_IP : option.level() == Const.IPPROTO_IPV6;
        return option.twin()
                .filter(twin -> !ofOtherFamily && channel.supportedOptions().contains(twin));
    }

    private static String className(NetworkChannel channel) {
        return channel.getClass().getSimpleName().replaceFirst("Impl$", "");
    }

    @SuppressWarnings("unchecked") // the table pairs an option with a twin of the same value, SO_LINGER aside
    private static <T> T fromJdk(SockOpt<T> option, Object value) {
        if (option.codec() instanceof Codec.Linger) {
            int seconds = (Integer) value;
            return (T) new LingerTime(seconds >= 0, Duration.ofSeconds(Math.max(0, seconds)));
        }
        return (T) value;
    }

    private static Object toJdk(Object value) {
        if (!(value instanceof LingerTime linger)) {
            return value;
        }
        if (linger.on() && linger.time().isNegative()) {
            throw new IllegalArgumentException("a time below 0 is its word for off");
        }
        return linger.on() ? (int) linger.time().toSeconds() : -1;
    }
}
