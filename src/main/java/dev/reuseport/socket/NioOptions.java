package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.option.Codec;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Options of a channel under their C names, by way of {@code StandardSocketOptions} and {@code ExtendedSocketOptions}. */
public final class NioOptions {
    private static final Optional<SocketOption<?>> INTERFACE = Optional.of(StandardSocketOptions.IP_MULTICAST_IF);

    private NioOptions() {}

    /** How to ask a class of the JDK's for an option. */
    @FunctionalInterface
    public interface Getter {
        /** Returns the value of an option. */
        Object get(SocketOption<?> option) throws IOException;
    }

    public static <T> Probe<T> get(NetworkChannel channel, Const family, SockOpt<T> option) {
        return read(className(channel), channel.supportedOptions(), channel::getOption, family, option);
    }

    /** The same, whatever option of the channel's family the JDK's name reaches. */
    static <T> Probe<T> getByTwin(NetworkChannel channel, Const family, SockOpt<T> option) {
        return get(className(channel), option, reachedTwin(channel, family, option), channel::getOption);
    }

    /** Reads an option of what is no channel of NIO's. */
    static <T> Probe<T> read(
            String name, Set<SocketOption<?>> supported, Getter getter, Const family, SockOpt<T> option) {
        return get(name, option, twin(supported, family, option), getter);
    }

    private static <T> Probe<T> get(String name, SockOpt<T> option, Optional<SocketOption<?>> twin, Getter getter) {
        if (twin.isEmpty()) {
            return new Probe.NotDefined<>(name);
        }
        try {
            return new Probe.Value<>(fromJdk(option, getter.get(twin.get())), Optional.empty());
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
        set(channel, option, twin(channel.supportedOptions(), family, option), value);
    }

    /** The same, whatever option of the channel's family the JDK's name reaches. */
    static <T> void setByTwin(NetworkChannel channel, Const family, SockOpt<T> option, T value) throws IOException {
        set(channel, option, reachedTwin(channel, family, option), value);
    }

    /**
     * Returns which option the JDK's name for one reaches on a channel of this family: its IP_TOS reaches IPV6_TCLASS with
     * AF_INET6, which is what a channel is that was opened without a family. Empty if it has no name for it.
     */
    public static Optional<SockOpt<?>> reached(Const family, SockOpt<?> option) {
        if (option.twin().isEmpty() || !ofOtherFamily(family, option)) {
            return option.twin().map(twin -> option);
        }
        return family == Const.AF_INET6
                ? SockOpts.all().stream()
                        .filter(other -> other.twin().equals(option.twin()) && !ofOtherFamily(family, other))
                        .findFirst()
                : Optional.empty();
    }

    private static <T> void set(NetworkChannel channel, SockOpt<T> option, Optional<SocketOption<?>> found, T value)
            throws IOException {
        @SuppressWarnings("unchecked") // toJdk makes the twin's own type
        SocketOption<Object> twin =
                (SocketOption<Object>) found.orElseThrow(() -> new NotDefinedException(option, className(channel)));
        try {
            channel.setOption(twin, twin.type().cast(toJdk(twin, value)));
        } catch (IllegalArgumentException e) {
            throw new IOException("setOption " + option + ": " + e.getMessage(), e);
        }
    }

    /** The JDK has one name for a pair: its IP_TOS is IPV6_TCLASS on an AF_INET6 channel, and so on. */
    private static Optional<SocketOption<?>> twin(Set<SocketOption<?>> supported, Const family, SockOpt<?> option) {
        return option.twin().filter(twin -> !ofOtherFamily(family, option) && supported.contains(twin));
    }

    private static Optional<SocketOption<?>> reachedTwin(NetworkChannel channel, Const family, SockOpt<?> option) {
        return reached(family, option).flatMap(reached -> twin(channel.supportedOptions(), family, reached));
    }

    private static boolean ofOtherFamily(Const family, SockOpt<?> option) {
        return option.level() == (family == Const.AF_INET6 ? Const.IPPROTO_IP : Const.IPPROTO_IPV6);
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
        if (option.twin().equals(INTERFACE)) {
            NetworkInterface on = (NetworkInterface) value;
            return (T) (option.codec() instanceof Codec.InAddr ? address(on) : index(on));
        }
        return (T) value;
    }

    private static Integer index(NetworkInterface on) {
        return on == null ? 0 : on.getIndex();
    }

    /** IPv4 knows an interface by an address; it has none, or there is no interface: 0.0.0.0. */
    private static String address(NetworkInterface on) {
        return Stream.ofNullable(on)
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .map(InetAddress::getHostAddress)
                .findFirst()
                .orElse("0.0.0.0");
    }

    private static NetworkInterface interfaceOf(Object value) {
        try {
            NetworkInterface on = value instanceof Integer index
                    ? NetworkInterface.getByIndex(index)
                    : NetworkInterface.getByInetAddress(InetAddress.getByName((String) value));
            if (on != null) {
                return on;
            }
        } catch (IOException e) {
            // There is no such interface for the JDK.
        }
        throw new IllegalArgumentException("no interface is " + value);
    }

    private static Object toJdk(SocketOption<?> twin, Object value) {
        if (twin == StandardSocketOptions.IP_MULTICAST_IF) {
            return interfaceOf(value);
        }
        if (!(value instanceof LingerTime linger)) {
            return value;
        }
        if (linger.on() && linger.time().isNegative()) {
            throw new IllegalArgumentException("a time below 0 is its word for off");
        }
        return linger.on() ? (int) linger.time().toSeconds() : -1;
    }
}
