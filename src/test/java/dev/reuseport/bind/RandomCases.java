package dev.reuseport.bind;

import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.bind.step.StepSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Draws cases, in the language that they are read in, and makes a failing one as small as it gets. */
public final class RandomCases {
    /** The number of an earlier socket: behind the verb, or for its port. */
    private static final Pattern EARLIER = Pattern.compile("(^[a-z-]+ |:@| from )(\\d+)\\b(?![.:])");

    private static final List<String> READ = List.of(
            "SO_REUSEADDR",
            "SO_REUSEPORT",
            "IPV6_V6ONLY",
            "SO_BINDTODEVICE",
            "IP_FREEBIND",
            "IP_TRANSPARENT",
            "IP_BIND_ADDRESS_NO_PORT",
            "TCP_NODELAY",
            "UDP_CORK");

    /** Addresses to which a connect has an answer at once, and from which. */
    private static final Set<String> QUICK = Set.of(
            "0.0.0.0",
            "127.0.0.1",
            "127.0.0.2",
            "10.9.0.1",
            "10.9.0.2",
            "10.9.0.255",
            "10.77.3.4",
            "224.0.0.5",
            "127.255.255.255",
            "[::]",
            "[::1]",
            "[ff05::1]",
            "[2001:db8::7]",
            "[::ffff:127.0.0.1]",
            "[::ffff:127.0.0.2]",
            "[::ffff:0.0.0.0]",
            "[::ffff:10.9.0.1]",
            "[::ffff:224.0.0.5]");

    private static final int[] USERS = {1, 2};

    /** Of documentation, so of no host. */
    private static final String ELSEWHERE = "192.0.2.1";

    private static final String ELSEWHERE6 = "[2001:db8::1]";
    private static final List<String> ANY_ADDRESS =
            List.of("IP_FREEBIND", "IP_TRANSPARENT", "IPV6_FREEBIND", "IPV6_TRANSPARENT");

    private final Random random;

    /** Whether the case being drawn has steps beside those that bind at once. */
    private boolean wide;

    private boolean devicesToo;

    /** Of each socket, whether it is of IPv6. */
    private final List<Boolean> ipv6s = new ArrayList<>();

    /** The sockets with an address from or to which a connect gets no answer, and takes a second. */
    private final Set<Integer> waiting = new HashSet<>();

    private final Terrain terrain;

    public RandomCases(long seed, Terrain terrain) {
        this.random = new Random(seed);
        this.terrain = terrain;
    }

    public Case next() {
        if (chance(0.02)) {
            return unix();
        }
        List<String> lines = new ArrayList<>();
        List<String> protocols = new ArrayList<>();
        String main = chance(0.7) ? "tcp" : "udp";
        double flag = chance(0.3) ? 1 : 0.2 + 0.7 * random.nextDouble();
        boolean users = chance(0.25);
        devicesToo = chance(0.2);
        // Not with users: theirs are threads that keep root's capabilities, which IP_TRANSPARENT asks for.
        boolean elsewhere = !users && chance(0.1);
        // A connection of a listener with TCP_REPAIR says nothing at its end.
        boolean repair = !users && chance(0.03);
        boolean connects = !repair && !terrain.fewPorts();
        wide = chance(0.4);
        waiting.clear();
        ipv6s.clear();
        int sockets = 2 + random.nextInt(5);
        while (protocols.size() < sockets) {
            if (!protocols.isEmpty() && chance(wide ? 0.6 : 0.4)) {
                lines.add(act(protocols, connects));
                continue;
            }
            String protocol = chance(0.93) ? main : main.equals("tcp") ? "udp" : "tcp";
            boolean ipv6 = chance(0.5);
            boolean unbound = wide && chance(0.25);
            StringBuilder line = new StringBuilder();
            if (unbound) {
                line.append("unbound ").append(protocol).append(ipv6 ? "6" : "");
            } else {
                line.append(protocol).append(wide && chance(0.1) ? chance(0.5) ? "4" : "6" : "");
                boolean foreign = elsewhere && chance(0.5);
                String address = foreign ? ipv6 ? ELSEWHERE6 : ELSEWHERE : address(ipv6);
                if (!QUICK.contains(address)) {
                    waiting.add(protocols.size() + 1);
                }
                line.append(' ').append(address);
                line.append(':').append(port(protocols));
            }
            List<String> options = new ArrayList<>();
            if (chance(flag)) {
                options.add("SO_REUSEADDR");
            }
            if (chance(flag)) {
                options.add("SO_REUSEPORT");
            }
            if (chance(ipv6 ? 0.25 : 0.01)) {
                options.add("IPV6_V6ONLY=" + (chance(0.8) ? "1" : "0"));
            }
            if (devicesToo && chance(0.5)) {
                options.add(
                        chance(0.8)
                                ? "SO_BINDTODEVICE=" + pick(terrain.deviceNames())
                                : "SO_BINDTOIFINDEX="
                                        + random.nextInt(terrain.devices().size() + 2));
            }
            if (repair && chance(0.3) && protocol.equals("tcp")) {
                options.add("TCP_REPAIR=" + (chance(0.8) ? 1 : 0));
            }
            if (chance(0.03)) {
                options.add("IP_BIND_ADDRESS_NO_PORT");
            }
            if (terrain.portRange() && chance(terrain.fewPorts() ? 0.2 : 0.02)) {
                int lower = random.nextInt(2) * (40_000 + random.nextInt(10_000));
                options.add("IP_LOCAL_PORT_RANGE=" + lower + "-" + (lower == 0 ? 0 : lower + random.nextInt(4)));
            }
            if (chance(0.02)) {
                options.add("SO_REUSEADDR=0");
            }
            for (int i = elsewhere ? random.nextInt(4) : 0; i > 0; i--) {
                options.add(pick(ipv6 ? ANY_ADDRESS : ANY_ADDRESS.subList(0, 2)) + "=" + random.nextInt(2));
            }
            if (users && chance(0.5)) {
                options.add("uid=" + USERS[random.nextInt(USERS.length)]);
            }
            if (!unbound && chance(protocol.equals("tcp") ? 0.45 : 0.01)) {
                options.add("listen");
            }
            options.forEach(option -> line.append(' ').append(option));
            lines.add(line.toString());
            protocols.add(protocol);
            ipv6s.add(ipv6);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            lines.add(act(protocols, connects));
        }
        return read(lines);
    }

    /** A case of names, which no port is in the way of. */
    private Case unix() {
        String path = System.getProperty("java.io.tmpdir") + "/reuseport-"
                + ProcessHandle.current().pid();
        List<String> names = List.of("@" + path + "-a", "@" + path + "-b", path + "-a", path + "-b");
        boolean users = chance(0.25);
        List<String> lines = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (int i = 3 + random.nextInt(6); i > 0; i--) {
            if (types.isEmpty() || chance(0.4)) {
                types.add(chance(0.7) ? "stream" : "dgram");
                lines.add("unix " + pick(names) + " " + types.get(types.size() - 1)
                        + (chance(0.3) ? " SO_REUSEADDR" : "")
                        + (chance(0.1) ? " SO_REUSEPORT" : "")
                        + (chance(0.05) ? " IPV6_V6ONLY" : "")
                        + (users && chance(0.5) ? " uid=" + USERS[random.nextInt(USERS.length)] : "")
                        + (chance(0.5) ? " listen" : ""));
                continue;
            }
            int socket = socket(types);
            boolean stream = types.get(socket - 1).equals("stream");
            boolean held = types.get(socket - 1).equals("held");
            int kind = held ? 0 : random.nextInt(stream ? 9 : 6);
            lines.add(
                    switch (kind) {
                        case 0 -> "close " + socket;
                        case 1 -> "listen " + socket;
                        case 2 -> "shutdown " + socket;
                        case 3 -> "read " + socket + " " + pick(List.of("SO_REUSEADDR", "SO_TYPE", "IP_TOS"));
                        case 4 -> {
                            types.add(types.get(socket - 1));
                            yield "dup " + socket;
                        }
                        case 5 -> {
                            types.add("held");
                            yield "fork " + socket;
                        }
                        case 6, 7 -> "connect " + socket;
                        default -> (chance(0.5) ? "client-close " : "server-close ") + socket;
                    });
        }
        return read(lines);
    }

    private String address(boolean ipv6) {
        return pick(ipv6 ? terrain.ipv6() : terrain.ipv4());
    }

    private String port(List<String> protocols) {
        return protocols.isEmpty() || chance(terrain.fewPorts() ? 0.5 : 0.05)
                ? "0"
                : "@" + (chance(0.8) ? 1 : socket(protocols));
    }

    /** Whether an address for a socket is to be of IPv6: mostly as the socket is. */
    private boolean family(int socket) {
        return ipv6s.get(socket - 1) == chance(0.85);
    }

    private String connect(int socket, List<String> protocols) {
        int target = socket(protocols);
        if (waiting.contains(socket)) {
            return "close " + socket;
        }
        if (!waiting.contains(target) && !protocols.get(target - 1).equals("held") && chance(0.5)) {
            return "connect " + target + " from " + socket;
        }
        String address = address(family(socket));
        return "connect " + socket + " " + (QUICK.contains(address) ? address : "127.0.0.1") + ":"
                + (chance(0.05) ? "0" : "@" + target);
    }

    private String send(int socket, List<String> protocols) {
        if (chance(0.1)) {
            return "set " + socket + " SO_BROADCAST=" + (chance(0.8) ? 1 : 0);
        }
        String address = address(family(socket));
        return "send " + socket + " " + (QUICK.contains(address) ? address : "127.0.0.1") + ":"
                + (chance(0.05) ? "0" : "@" + socket(protocols));
    }

    private String wideAct(int socket, List<String> protocols, boolean connects) {
        if (chance(0.05)) {
            protocols.add("held");
            ipv6s.add(ipv6s.get(socket - 1));
            return "fork " + socket;
        }
        return switch (random.nextInt(connects ? 7 : 4)) {
            case 4, 5, 6 ->
                protocols.get(socket - 1).equals("udp") && !waiting.contains(socket) && chance(0.6)
                        ? send(socket, protocols)
                        : connect(socket, protocols);
            case 0 -> {
                protocols.add(protocols.get(socket - 1));
                ipv6s.add(ipv6s.get(socket - 1));
                if (waiting.contains(socket)) {
                    waiting.add(protocols.size());
                }
                yield "dup " + socket;
            }
            case 1 -> "read " + socket + " " + pick(READ);
            default -> {
                String address = address(family(socket));
                if (!QUICK.contains(address)) {
                    waiting.add(socket);
                }
                yield "bind " + socket + " " + address + ":" + port(protocols);
            }
        };
    }

    private String act(List<String> protocols, boolean connects) {
        int socket = socket(protocols);
        if (protocols.get(socket - 1).equals("held")) {
            return "close " + socket;
        }
        if (wide && chance(0.6)) {
            return wideAct(socket, protocols, connects && !devicesToo);
        }
        boolean tcp = protocols.get(socket - 1).equals("tcp");
        int kind = random.nextInt(tcp ? connects ? 12 : 9 : 6);
        return switch (kind) {
            case 0 -> "close " + socket;
            case 1 -> "shutdown " + socket;
            case 2, 3 -> "set " + socket + " SO_REUSEPORT=" + random.nextInt(2);
            case 4 -> "set " + socket + " SO_REUSEADDR=" + random.nextInt(2);
            case 5 ->
                chance(0.3)
                        ? "set " + socket + " IPV6_V6ONLY=" + random.nextInt(2)
                        : "set " + socket + " SO_BINDTODEVICE="
                                + (wide && !devicesToo ? "lo" : pick(terrain.deviceNames()));
            case 6, 7, 8 -> "listen " + socket;
            case 9 -> "connect " + socket;
            case 10 -> chance(0.5) ? "connect " + socket : "server-close " + socket;
            default -> chance(0.5) ? "client-close " + socket : "server-close " + socket;
        };
    }

    /** Returns a step without a need of one socket, whose number is gone; empty if it has one. */
    private static Optional<String> without(int gone, Step step) {
        Matcher earlier = EARLIER.matcher(step.toString());
        StringBuilder text = new StringBuilder();
        while (earlier.find()) {
            int socket = Integer.parseInt(earlier.group(2));
            if (socket == gone) {
                return Optional.empty();
            }
            earlier.appendReplacement(text, earlier.group(1) + (socket > gone ? socket - 1 : socket));
        }
        return Optional.of(earlier.appendTail(text).toString());
    }

    private int socket(List<String> protocols) {
        return 1 + random.nextInt(protocols.size());
    }

    private boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    public static Case read(List<String> lines) {
        try {
            return StepReader.read(lines).get(0);
        } catch (StepSyntaxException e) {
            throw new IllegalArgumentException(String.join("\n", lines), e);
        }
    }

    /** Returns the smallest case found that still fails: with fewer steps, then with less in each. */
    static Case shrink(Case failing, Predicate<Case> fails) {
        Case smallest = failing;
        boolean smaller = true;
        while (smaller) {
            smaller = false;
            for (Case candidate : simpler(smallest)) {
                if (fails.test(candidate)) {
                    smallest = candidate;
                    smaller = true;
                    break;
                }
            }
        }
        return smallest;
    }

    private static List<Case> simpler(Case sequence) {
        List<Case> candidates = new ArrayList<>();
        for (int i = sequence.steps().size() - 1; i >= 0; i--) {
            without(sequence, i).ifPresent(candidates::add);
        }
        List<String> lines = sequence.steps().stream().map(Step::toString).toList();
        for (int i = 0; i < lines.size(); i++) {
            String[] words = lines.get(i).split(" ");
            Step step = sequence.steps().get(i);
            boolean opens = step instanceof Step.Open || step instanceof Step.Unbound;
            for (int word = 2; opens && word < words.length; word++) {
                List<String> fewer = new ArrayList<>(List.of(words));
                fewer.remove(word);
                List<String> copy = new ArrayList<>(lines);
                copy.set(i, String.join(" ", fewer));
                candidates.add(read(copy));
            }
        }
        return candidates;
    }

    /** Takes a step away, and with a socket all steps that need it. */
    private static Optional<Case> without(Case sequence, int index) {
        int gone = Integer.MAX_VALUE;
        if (sequence.steps().get(index).opens()) {
            gone = 1
                    + (int) sequence.steps().subList(0, index).stream()
                            .filter(Step::opens)
                            .count();
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < sequence.steps().size(); i++) {
            Step step = sequence.steps().get(i);
            Optional<String> text = i == index ? Optional.empty() : without(gone, step);
            if (text.isEmpty() && i != index && step.opens()) {
                return Optional.empty();
            }
            text.ifPresent(lines::add);
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(read(lines));
    }
}
