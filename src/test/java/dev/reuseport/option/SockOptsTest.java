package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.lang.reflect.Field;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SockOptsTest {
    private static final Map<Const, String> PREFIXES = Map.of(
            Const.SOL_SOCKET, "SO_",
            Const.IPPROTO_IP, "IP_",
            Const.IPPROTO_IPV6, "IPV6_",
            Const.IPPROTO_TCP, "TCP_",
            Const.IPPROTO_UDP, "UDP_");

    @Test
    void theJavaNameIsTheCName() throws IllegalAccessException {
        int fields = 0;
        for (Field field : SockOpts.class.getFields()) {
            SockOpt<?> option = (SockOpt<?>) field.get(null);
            assertEquals(field.getName(), option.name());
            assertSame(option, SockOpts.named(field.getName()).orElseThrow());
            fields++;
        }
        assertEquals(fields, SockOpts.all().size());
    }

    @Test
    void noOptionStandsAtAnotherOptionsLevel() {
        for (SockOpt<?> option : SockOpts.all()) {
            String prefix = PREFIXES.get(option.level());
            assertTrue(option.name().startsWith(prefix), () -> option + " at " + option.level());
        }
    }

    @Test
    void eachNameStandsOnce() {
        Set<String> names = new HashSet<>();
        SockOpts.all().forEach(option -> assertTrue(names.add(option.name()), option::name));
    }

    @Test
    void eachOptionExistsSomewhere() {
        for (SockOpt<?> option : SockOpts.all()) {
            assertTrue(
                    Stream.of(Platform.values()).anyMatch(option.option()::definedOn),
                    () -> option + " exists nowhere");
        }
    }

    /**
     * All but three: IP_MULTICAST_IF takes a NetworkInterface, IP_DONTFRAGMENT is no option of Linux's, and the class of
     * SO_OOBINLINE is private to sun.nio.ch.
     */
    @Test
    void everyOptionOfTheJdkHasItsPlace() throws Exception {
        Set<String> twins = SockOpts.all().stream()
                .flatMap(option -> option.twin().stream())
                .map(SocketOption::name)
                .collect(Collectors.toSet());
        Set<String> unreachable = Set.of("IP_MULTICAST_IF", "IP_DONTFRAGMENT", "SO_OOBINLINE");
        for (NetworkChannel channel :
                List.of(ServerSocketChannel.open(), SocketChannel.open(), DatagramChannel.open())) {
            try (channel) {
                for (SocketOption<?> option : channel.supportedOptions()) {
                    assertTrue(
                            twins.contains(option.name()) || unreachable.contains(option.name()),
                            () -> "the JDK's " + option.name() + " is nobody's twin");
                }
            }
        }
    }

    @Test
    void theListOfCheckoptsIsThere() {
        Stream.of(
                        "SO_BROADCAST SO_DEBUG SO_DONTROUTE SO_ERROR SO_KEEPALIVE SO_LINGER SO_OOBINLINE SO_RCVBUF",
                        "SO_SNDBUF SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_REUSEADDR SO_REUSEPORT SO_TYPE",
                        "IP_TOS IP_TTL IPV6_V6ONLY IPV6_UNICAST_HOPS TCP_MAXSEG TCP_NODELAY")
                .flatMap(names -> Stream.of(names.split(" ")))
                .forEach(name -> assertTrue(SockOpts.named(name).isPresent(), name));
    }
}
