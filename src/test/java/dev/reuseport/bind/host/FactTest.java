package dev.reuseport.bind.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.PrivateNetwork;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FactTest {
    private static final Sockaddr.Inet ELSEWHERE = new Sockaddr.Inet(0xc0000201, 0);

    private static Host supposed(List<String> facts) {
        Host host = new Host(List.of(), List.of());
        for (String fact : facts) {
            host = Fact.with(host, fact);
        }
        return host;
    }

    /** Addresses at random, and those next to the ones that are there. */
    private static void assertTakesTheSame(Host expected, Host actual) {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            LocalAddress near =
                    expected.locals().get(random.nextInt(expected.locals().size()));
            Sockaddr address = near.address() instanceof Sockaddr.Inet inet
                    ? new Sockaddr.Inet(
                            random.nextInt(8) == 0
                                    ? random.nextInt()
                                    : inet.address() ^ random.nextInt(1 << random.nextInt(25)),
                            0)
                    : near.address() instanceof Sockaddr.Inet6 inet6
                            ? new Sockaddr.Inet6(inet6.high(), inet6.low() ^ random.nextInt(3), 0, 0, 0)
                            : near.address();
            assertEquals(
                    expected.has(address, Optional.empty()), actual.has(address, Optional.empty()), address::toString);
            assertEquals(
                    expected.has(address, Optional.of("lo")),
                    actual.has(address, Optional.of("lo")),
                    address::toString);
            assertEquals(expected.broadcasts(address), actual.broadcasts(address), address::toString);
        }
    }

    @Test
    void aHostThatIsWrittenDownIsTheSameHost() throws Exception {
        Host here = ThisHost.observe(Proc.ofHost(), new JnrSyscalls());
        List<String> facts = Fact.of(here);
        Host there = supposed(facts);
        assertEquals(facts, Fact.of(there));
        assertEquals(here.devices(), there.devices());
        assertEquals(here.sysctls(), there.sysctls());
        assertTakesTheSame(here, there);
        assertEquals(Fact.of(Host.loopback()), Fact.of(supposed(Fact.of(Host.loopback()))));
    }

    @Test
    void soIsOneWithRoutesAndSettingsOfItsOwn() {
        PrivateNetwork.assumePossible();
        PrivateNetwork.furnished(3, here -> {
            Host there = supposed(Fact.of(here));
            assertEquals(here.sysctls(), there.sysctls());
            assertTakesTheSame(here, there);
            return 0;
        });
    }

    @Test
    void anAddressBringsItsInterfaceAndItsBroadcastAddress() {
        Host host = Fact.with(Host.loopback(), "address 192.0.2.1/24%eth0");
        assertTrue(host.has(ELSEWHERE, Optional.empty()));
        assertFalse(host.has(new Sockaddr.Inet(0xc0000202, 0), Optional.empty()));
        assertTrue(host.broadcasts(new Sockaddr.Inet(0xc00002ff, 0)));
        assertEquals(2, host.index("eth0").orElseThrow());
        assertTrue(host.has(new Sockaddr.Inet(0x7f000005, 0), Optional.empty()));
        Host scoped = Fact.with(Fact.with(host, "address fe80::1%eth0"), "device wg0 9");
        Sockaddr linkLocal = new Sockaddr.Inet6(0xfe80L << 48, 1, 0, 0, 0);
        assertTrue(scoped.has(linkLocal, Optional.of("eth0")));
        assertFalse(scoped.has(linkLocal, Optional.of("wg0")));
        assertEquals(Optional.of("wg0"), scoped.device(9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "addres 192.0.2.1%eth0       | 'addres'",
                "address 192.0.2.1           | 192.0.2.1/24%eth0",
                "address 192.0.2.300%eth0    | no address",
                "address 192.0.2.1/33%eth0   | no more than 32 bits",
                "address ::1/129%lo          | no more than 128 bits",
                "address                     | '' is not",
                "route via 10.0.0.0/8        | local or broadcast",
                "route local 10.0.0.0/40     | no more than 32 bits",
                "sysctl net.ipv6.bindv6only  | NAME=VALUE",
                "sysctl net.ipv4.tcp_tw_reuse=1 | no bind looks at",
                "sysctl net.ipv4.ip_local_port_range=5 4 | no value of",
                "sysctl net.ipv4.ip_unprivileged_port_start=70000 | no value of",
                "device                      | the name of an interface",
            })
    void whatIsNoFactIsSaidInASentence(String fact, String says) {
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> Fact.with(Host.loopback(), fact));
        assertTrue(wrong.getMessage().contains(says), wrong.getMessage());
    }
}
