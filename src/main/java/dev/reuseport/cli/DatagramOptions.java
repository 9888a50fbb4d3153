package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.DatagramSpread;
import dev.reuseport.experiment.DatagramSpreadCount;
import dev.reuseport.experiment.DatagramSpreadPlan;
import dev.reuseport.experiment.datagram.DatagramGroup;
import dev.reuseport.experiment.datagram.Sharing;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** What {@code spread --protocol udp} takes besides what TCP takes, and its run. */
final class DatagramOptions {
    /** Each has a descriptor, and is read in turn. */
    private static final int MOST_MEMBERS = 4096;

    private static final int MOST_SOURCES = 1_000_000;
    private static final int MOST_DATAGRAMS = 1000;
    private static final List<String> TCP_ONLY = List.of("--connections", "--processes");

    private static final List<String> UDP_ONLY = List.of("--sources", "--datagrams", "--flag", "--connected");

    /** TCP or UDP, as it is typed. */
    enum Protocol {
        TCP,
        UDP
    }

    /** Reads the option by which members share an address. */
    static final class Flags implements ITypeConverter<Sharing> {
        @Override
        public Sharing convert(String text) {
            for (Sharing sharing : Sharing.values()) {
                if (sharing.name().equalsIgnoreCase(text)) {
                    return sharing;
                }
            }
            throw new TypeConversionException("'" + text + "' is not SO_REUSEPORT, SO_REUSEADDR or SO_REUSEPORT_LB");
        }
    }

    private final Command command;
    private final Supplier<Protocol> protocol;
    private final Supplier<Integer> sources;
    private final Supplier<Integer> datagrams;
    private final Supplier<Sharing> sharing;
    private final Supplier<Boolean> connected;

    /** Declares them. */
    DatagramOptions(Command command) {
        this.command = command;
        protocol = protocol(command);
        sources = command.number("--sources", 2000, "With udp: how many senders. Default: ${DEFAULT-VALUE}.");
        datagrams = command.number("--datagrams", 1, "With udp: how many each sends. Default: ${DEFAULT-VALUE}.");
        sharing = command.option(
                Sharing.class,
                "FLAG",
                OptionSpec.builder("--flag")
                        .defaultValue(Sharing.SO_REUSEPORT.name())
                        .converters(new Flags())
                        .description("With udp: what the members set: SO_REUSEPORT, SO_REUSEADDR or SO_REUSEPORT_LB."
                                + " Default: ${DEFAULT-VALUE}."));
        connected = command.flag("--connected", "With udp: one more member connects to the first source.");
    }

    /** Declares {@code --protocol}. */
    static Supplier<Protocol> protocol(Command command) {
        return command.option(Protocol.class, "--protocol", "tcp|udp", "tcp", "Default: ${DEFAULT-VALUE}.");
    }

    /** Tells whether it is UDP. */
    boolean udp() {
        return udp(command, protocol.get(), TCP_ONLY, UDP_ONLY);
    }

    /** Tells whether it is UDP, and refuses what is for the other protocol. */
    static boolean udp(Command command, Protocol protocol, List<String> tcpOnly, List<String> udpOnly) {
        boolean udp = protocol == Protocol.UDP;
        for (String option : udp ? tcpOnly : udpOnly) {
            if (command.spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw Arguments.wrong(command.spec, option + " is for --protocol " + (udp ? "tcp" : "udp"));
            }
        }
        return udp;
    }

    /** Runs it. */
    DatagramSpreadCount spread(
            Mode mode,
            String host,
            int members,
            int busy,
            Optional<Steer> steer,
            boolean loadBalanced,
            Duration timeout)
            throws IOException {
        Arguments.range(command.spec, "--listeners", members, 1, MOST_MEMBERS);
        Arguments.range(command.spec, "--sources", sources.get(), 1, MOST_SOURCES);
        Arguments.range(command.spec, "--datagrams", datagrams.get(), 1, MOST_DATAGRAMS);
        Arguments.range(command.spec, "--busy", busy, 0, members);
        Sharing flag = loadBalanced ? Sharing.SO_REUSEPORT_LB : sharing.get();
        if (steer.isPresent() && flag != Sharing.SO_REUSEPORT) {
            throw Arguments.wrong(command.spec, "--steer is for a group, which takes SO_REUSEPORT");
        }
        DatagramSpreadPlan plan = new DatagramSpreadPlan(
                mode,
                address(host),
                members,
                sources.get(),
                datagrams.get(),
                busy,
                steer,
                flag,
                connected.get(),
                timeout);
        if (plan.copies() && (steer.isPresent() || plan.connected())) {
            throw Arguments.wrong(
                    command.spec, "every member gets a copy of what goes to " + host + ": nobody chooses one");
        }
        return new DatagramSpread(plan).run();
    }

    private Sockaddr address(String host) {
        Sockaddr address = Arguments.address(command.spec, host, 0);
        return address.multicast() || DatagramGroup.broadcast(address)
                ? address
                : Arguments.loopback(command.spec, host);
    }
}
