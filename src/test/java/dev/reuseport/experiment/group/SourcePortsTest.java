package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SourcePortsTest {
    private static final Abi LINUX = Abi.of("Linux", "amd64");
    private static final Sockaddr.Inet LOCALHOST = new Sockaddr.Inet(0x7f000001, 80);

    private static Set<Sockaddr> all(SourcePorts ports) {
        Set<Sockaddr> given = new HashSet<>();
        for (Optional<Sockaddr> next = ports.next(); next.isPresent(); next = ports.next()) {
            assertTrue(given.add(next.get()), () -> "given twice: " + given);
        }
        return given;
    }

    @Test
    void eachIsGivenOnceOverAllAddresses() {
        Set<Sockaddr> given = all(new SourcePorts(new Sockaddr.Inet(0x7f000001, 80), 5000, 5002, 2));
        Set<Sockaddr> expected = new HashSet<>();
        for (int address = 0x7f000001; address <= 0x7f000002; address++) {
            for (int port = 5000; port <= 5002; port++) {
                expected.add(new Sockaddr.Inet(address, port));
            }
        }
        assertEquals(expected, given);
    }

    @Test
    void ipv6HasOneLoopbackAddress() {
        Set<Sockaddr> given = all(new SourcePorts(new Sockaddr.Inet6(0, 1, 80, 0, 0), LINUX));
        assertEquals(0x10000 - 1024, given.size());
    }

    @Test
    void onLinuxEachRunBeginsAtAnotherLoopbackAddress() {
        Set<Integer> first = new HashSet<>();
        for (int run = 0; run < 20; run++) {
            Sockaddr.Inet source =
                    (Sockaddr.Inet) new SourcePorts(LOCALHOST, LINUX).next().orElseThrow();
            assertTrue(source.toInetSocketAddress().getAddress().isLoopbackAddress(), source::toString);
            first.add(source.address());
        }
        assertTrue(first.size() > 10, first::toString);
    }

    @Test
    void elsewhereItIsTheTargetsOwnAddress() {
        Sockaddr.Inet source = (Sockaddr.Inet)
                new SourcePorts(LOCALHOST, Abi.of("FreeBSD", "amd64")).next().orElseThrow();
        assertEquals(LOCALHOST.address(), source.address());
    }
}
