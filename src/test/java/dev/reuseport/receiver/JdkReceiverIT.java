package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.Namespace;
import dev.reuseport.abi.Abi;
import dev.reuseport.socket.Mode;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JdkReceiverIT extends ReceiverContract {
    @Override
    Mode mode() {
        return Mode.JDK;
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve --mode jdk", "inspect --mode jdk", "inspect --mode jdk --type dgram", "compare"})
    void aSystemWithoutIpv6IsNamed(String command) throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: net.ipv6.conf.all.disable_ipv6");
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, for net.ipv6.conf.all.disable_ipv6");
        String disable = "for each in all lo; do echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done";
        try (Launched launched = Namespace.launchAfter(disable, command.split(" "))) {
            assertEquals(3, launched.awaitExit(), () -> launched.err().toString());
            String last = launched.err().get(launched.err().size() - 1);
            assertTrue(last.endsWith(": the JDK finds no IPv6 on this system"), last);
        }
    }
}
