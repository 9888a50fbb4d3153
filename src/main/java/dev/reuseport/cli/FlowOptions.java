package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.DatagramRestart;
import dev.reuseport.experiment.DatagramRestartCount;
import dev.reuseport.experiment.DatagramRestartPlan;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What {@code restart --protocol udp} takes besides what TCP takes, and its run. */
final class FlowOptions {
    private static final int MOST_SOURCES = 100_000;
    private static final List<String> TCP_ONLY = List.of("--rolling", "--duration", "--rate");
    private static final List<String> UDP_ONLY = List.of("--sources", "--leaver", "--join");

    private final Command command;
    private final Supplier<DatagramOptions.Protocol> protocol;
    private final Supplier<Integer> sources;
    private final Supplier<Integer> leaver;
    private final Supplier<Boolean> join;

    /** Declares them. */
    FlowOptions(Command command) {
        this.command = command;
        protocol = DatagramOptions.protocol(command);
        sources = command.number("--sources", 2000, "With udp: how many senders. Default: ${DEFAULT-VALUE}.");
        leaver = command.number("--leaver", 0, "With udp: which member leaves. Default: ${DEFAULT-VALUE}.");
        join = command.flag("--join", "With udp: one joins, instead of one that leaves.");
    }

    /** Tells whether it is UDP. */
    boolean udp() {
        return DatagramOptions.udp(command, protocol.get(), TCP_ONLY, UDP_ONLY);
    }

    /** Runs it. */
    DatagramRestartCount restart(
            Mode mode, Sockaddr address, int members, int queued, Strategy strategy, Duration timeout)
            throws IOException {
        Arguments.range(command.spec, "--sources", sources.get(), 1, MOST_SOURCES);
        Arguments.range(command.spec, "--leaver", leaver.get(), 0, members - 1);
        if (strategy == Strategy.FILTER_DRAIN) {
            throw Arguments.wrong(
                    command.spec, "filter-drain is for tcp: a SYN that is dropped is sent again, a datagram is not");
        }
        return new DatagramRestart(new DatagramRestartPlan(
                        mode,
                        address,
                        members,
                        sources.get(),
                        queued,
                        join.get() ? Optional.empty() : Optional.of(leaver.get()),
                        strategy,
                        timeout))
                .run();
    }
}
