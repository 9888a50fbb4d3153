package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.cli.value.Similar;
import dev.reuseport.inspect.RawOption;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What several commands take on their command line, read the same way. */
final class Arguments {
    private static final Pattern WILDCARD = Pattern.compile("(?:\\*?:)?(\\d+)");

    private Arguments() {}

    /** Resolves an address of this host or another. An empty one is refused: Java takes that for loopback. */
    static Sockaddr address(CommandSpec spec, String host, int port) {
        if (port < 0 || port > 0xffff) {
            throw wrong(spec, "a port is 0 to 65535, not " + port);
        }
        if (host.isEmpty()) {
            throw wrong(spec, "an empty text is no address; all of this host's are :: and 0.0.0.0");
        }
        try {
            return Sockaddr.resolve(host, port);
        } catch (UnknownHostException e) {
            throw wrong(spec, "'" + host + "' is no address: " + e.getMessage());
        }
    }

    /** Reads {@code HOST:PORT} or {@code [HOST]:PORT}. */
    static Sockaddr endpoint(CommandSpec spec, String text) {
        return endpoint(spec, text, Arguments::address);
    }

    /** As {@link #listening}, with every address that HOST names: {@code localhost} may be both ::1 and 127.0.0.1. */
    static List<Sockaddr> endpoints(CommandSpec spec, String text) {
        return endpoint(spec, named(text), Arguments::addresses);
    }

    /** What becomes of a host and a port. */
    private interface Resolving<T> {
        T resolve(CommandSpec spec, String host, int port);
    }

    private static <T> T endpoint(CommandSpec spec, String text, Resolving<T> resolving) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.isEmpty() || (!bracketed && host.indexOf(':') >= 0)) {
            throw wrong(spec, "'" + text + "' is not ADDR:PORT, as [::1]:60001 or 127.0.0.1:80");
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            return resolving.resolve(spec, bracketed ? host.substring(1, host.length() - 1) : host, port);
        } catch (NumberFormatException e) {
            throw wrong(spec, "'" + text + "' does not end in a port");
        }
    }

    private static List<Sockaddr> addresses(CommandSpec spec, String host, int port) {
        Sockaddr chosen = address(spec, host, port);
        try {
            return Sockaddr.resolveAll(host, port);
        } catch (UnknownHostException e) {
            return List.of(chosen);
        }
    }

    /** Reads where a server listens: {@code ADDR:PORT}, or as ss prints a wildcard {@code *:8080}, or a port alone. */
    static Sockaddr listening(CommandSpec spec, String text) {
        return endpoint(spec, named(text));
    }

    private static String named(String text) {
        Matcher wildcard = WILDCARD.matcher(text);
        return wildcard.matches() ? (Ipv6Hint.of("").isEmpty() ? "[::]:" : "0.0.0.0:") + wildcard.group(1) : text;
    }

    /** Finds the named options; all of them if there are no names. */
    static List<SockOpt<?>> options(CommandSpec spec, List<String> names) {
        if (names.isEmpty()) {
            return SockOpts.all();
        }
        return names.stream().<SockOpt<?>>map(name -> option(spec, name)).toList();
    }

    private static SockOpt<?> option(CommandSpec spec, String name) {
        return SockOpts.named(name.toUpperCase(Locale.ROOT)).orElseThrow(() -> noOption(spec, name));
    }

    private static ParameterException noOption(CommandSpec spec, String name) {
        List<String> known = SockOpts.all().stream().map(SockOpt::name).toList();
        return wrong(spec, "no option is called '" + name + "'" + Similar.hint(name, known));
    }

    /** Reads {@code NAME=VALUE}, or {@code LEVEL:NAME:BYTES}. */
    static Setting<?> setting(CommandSpec spec, String text) {
        String name = text.split("=", 2)[0];
        if (name.indexOf(':') < 0) {
            option(spec, name);
        }
        try {
            return Setting.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(spec, e.getMessage());
        }
    }

    /** Resolves an address of this host's loopback interface, with port 0. */
    static Sockaddr loopback(CommandSpec spec, String host) {
        Sockaddr address = address(spec, host, 0);
        if (!address.toInetSocketAddress().getAddress().isLoopbackAddress()) {
            throw wrong(spec, "experiments stay on loopback: 127.0.0.1 or ::1, not '" + host + "'");
        }
        return address;
    }

    /** Reads where a server of this host listens: what another host's kernel holds nobody here can see. */
    static Sockaddr ofThisHost(CommandSpec spec, Syscalls syscalls, String text) throws IOException {
        Sockaddr address = listening(spec, text);
        if (address instanceof Sockaddr.Inet6 inet6
                && inet6.scopeId() == 0
                && address.toInetSocketAddress().getAddress().isLinkLocalAddress()) {
            throw wrong(
                    spec,
                    "each interface has a " + address.host() + " of its own: say which, as [" + address.host() + "%lo]:"
                            + address.port());
        }
        if (!address.wildcard() && !ThisHost.observe(Proc.ofHost(), syscalls).has(address, Optional.empty())) {
            throw wrong(spec, address.host() + " is no address of this host, and who serves it can be seen only there");
        }
        return address;
    }

    /** Reads what is to be sent, in which {@code \r}, {@code \n}, {@code \t} and the like are written as in Java. */
    static byte[] escaped(CommandSpec spec, String option, String text) {
        try {
            return text.translateEscapes().getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(spec, option + ": " + e.getMessage());
        }
    }

    /** Checks a number. */
    static void range(CommandSpec spec, String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(
                    spec,
                    option + " is " + least + (most == Integer.MAX_VALUE ? " or more" : " to " + most) + ", not "
                            + value);
        }
    }

    /** Refuses options that were given, and mean nothing beside another. */
    static void refuse(CommandSpec spec, String why, String... options) {
        for (String option : options) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw wrong(spec, option + " " + why);
            }
        }
    }

    /** Reads {@code LEVEL:NAME:LEN}. */
    static RawOption raw(CommandSpec spec, String text) {
        try {
            return RawOption.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(spec, "--raw: " + e.getMessage());
        }
    }

    /** Reads which protocol's sockets are meant; empty if it is the name of none. */
    static Optional<Const> protocol(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "tcp" -> Optional.of(Const.IPPROTO_TCP);
            case "udp" -> Optional.of(Const.IPPROTO_UDP);
            default -> Optional.empty();
        };
    }

    /** Reads the number of a process. */
    static int pid(CommandSpec spec, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw wrong(spec, "'" + text + "' is no number of a process");
        }
    }

    static ParameterException wrong(CommandSpec spec, String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
