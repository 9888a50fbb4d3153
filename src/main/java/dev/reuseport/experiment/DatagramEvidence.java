package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.datagram.Sharing;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What this kernel says of datagrams where the article speaks of connections: sentences that stand behind the evidence. */
final class DatagramEvidence {
    private static final int MEMBERS = 4;
    private static final int SOURCES = 2000;
    private static final int QUEUED = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Sockaddr address;

    /** Asks on a loopback address. */
    DatagramEvidence(Sockaddr address) {
        this.address = address;
    }

    @FunctionalInterface
    private interface Measured {
        String sentence() throws IOException;
    }

    /** Returns nothing where it cannot be measured: the verdict does not rest on it. */
    private static String behind(Measured measured) {
        try {
            return "; " + measured.sentence();
        } catch (IOException e) {
            return "";
        }
    }

    private DatagramSpreadCount spread(Sharing sharing, int sources) throws IOException {
        DatagramSpreadCount count = new DatagramSpread(new DatagramSpreadPlan(
                        Mode.NATIVE, address, MEMBERS, sources, 2, 0, Optional.empty(), sharing, false, PATIENCE))
                .run();
        if (count.endedEarly().isPresent()) {
            throw new IOException(count.endedEarly().get());
        }
        return count;
    }

    /** Whether sockets for datagrams need SO_REUSEPORT to share an address. */
    String sharing() {
        return behind(() -> {
            DatagramSpreadCount count = spread(Sharing.SO_REUSEADDR, QUEUED);
            List<String> each = count.members().stream()
                    .map(member -> Integer.toString(member.sources()))
                    .toList();
            return "UDP sockets share an address with SO_REUSEADDR alone, and get " + String.join(", ", each) + " of "
                    + QUEUED + " sources, in the order in which they were bound";
        });
    }

    /** How evenly sources are spread, and whether each stays where it is. */
    String spreading() {
        return behind(() -> {
            DatagramSpreadCount count = spread(Sharing.SO_REUSEPORT, SOURCES);
            Uniformity test =
                    count.uniformity().orElseThrow(() -> new IOException("there were datagrams that nobody read"));
            return String.format(
                    Locale.ROOT,
                    "of datagrams %d sources over %d sockets: p = %.4f, %d of them at one socket only",
                    SOURCES,
                    MEMBERS,
                    test.pValue(),
                    count.toOne());
        });
    }

    /** What a member's leaving costs. */
    String leaving() {
        return behind(() -> {
            DatagramRestartCount count = new DatagramRestart(new DatagramRestartPlan(
                            Mode.NATIVE, address, MEMBERS, SOURCES, QUEUED, Optional.of(0), Strategy.CLOSE, PATIENCE))
                    .run();
            return "one of " + MEMBERS + " UDP sockets that closes loses " + count.lost()
                    + " datagrams that it has not read, and of " + count.flows() + " flows " + count.moved()
                    + " go to another socket";
        });
    }
}
