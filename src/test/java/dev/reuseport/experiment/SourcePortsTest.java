package dev.reuseport.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.sys.Sockaddr;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SourcePortsTest {
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
        Set<Sockaddr> given = all(new SourcePorts(new Sockaddr.Inet6(0, 1, 80, 0, 0)));
        assertEquals(0x10000 - 1024, given.size());
    }
}
