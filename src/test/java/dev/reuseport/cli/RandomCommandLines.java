package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.JnrSyscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Command lines as nobody would type them, drawn from the verbs and options that there are. Each ends by itself within
 * moments, stays on loopback, starts no process and changes none: {@code serve} is only let near a port that is taken.
 */
final class RandomCommandLines {
    private static final List<String> ODD = List.of(
            "",
            " ",
            "0",
            "-0",
            "1",
            "-1",
            "2147483647",
            "2147483648",
            "-2147483648",
            "99999999999999999999",
            "1e9",
            "0x10",
            "NaN",
            "Infinity",
            "null",
            "on",
            "off",
            "abc",
            "été",
            "日本\ud83d\ude00",
            "\u202e\u001b[31m",
            "a\nb",
            "\ud800",
            "%s%n%d",
            "${x}",
            "@nowhere",
            "--",
            "-",
            "'",
            "\"",
            "\\",
            "=",
            ",",
            ":",
            "::",
            "*",
            "?",
            "*?".repeat(40) + "x",
            "A".repeat(300),
            "9".repeat(5000),
            "x".repeat(70_000));

    private static final List<String> HOSTS = List.of(
            "127.0.0.1",
            "127.0.0.2",
            "127.255.255.255",
            "0.0.0.0",
            "::",
            "::1",
            "[::1]",
            "[::1",
            "::ffff:127.0.0.1",
            "::ffff:0.0.0.0",
            "::ffff:224.0.0.1",
            "::127.0.0.1",
            "1.2.3.4",
            "240.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "fe80::1",
            "fe80::1%nowhere0",
            "2001:db8::1",
            "localhost",
            "1",
            "127.1");

    private static final List<String> TIMES = List.of(
            "0", "0s", "1ms", "0.05s", ".", "1.", "0.000000001", "1h", "-1s", "366d", "9".repeat(400) + "s", "1e1s");

    private final Random random;
    private final int taken;
    private final int answering;
    private final List<String> files;

    /**
     * Draws.
     *
     * @param taken a port that nobody else can have, on every address
     * @param answering a port on 127.0.0.1 whose server answers at once
     * @param files files to read, or not to be read
     */
    RandomCommandLines(long seed, int taken, int answering, List<String> files) {
        this.random = new Random(seed);
        this.taken = taken;
        this.answering = answering;
        this.files = files;
    }

    List<String> next() {
        List<String> line = new ArrayList<>();
        switch (random.nextInt(100)) {
            case 0 -> line.addAll(some(this::odd, 3));
            case 1, 2 -> {
                line.add(any("demo", "claims", "serve", "restart", "generate-completion", "help", "nonsense"));
                line.add(any("--help", "--version", "--no-such-option", "-x", "stray\u0007"));
            }
            default -> {
                switch (random.nextInt(9)) {
                    case 0 -> serve(line);
                    case 1 -> send(line);
                    case 2 -> inspect(line);
                    case 3 -> abi(line);
                    case 4 -> explain(line);
                    case 5 -> compare(line);
                    case 6, 7 -> attempt(line);
                    default -> experiment(line);
                }
            }
        }
        if (random.nextInt(25) == 0) {
            line.add(any("--help", "--version", "-hV", "--format", "--mode=", "--no-such-option=1"));
        }
        return line;
    }

    private void serve(List<String> line) {
        line.addAll(List.of("serve", "--listen-port"));
        // Of the taken port only seldom: what serve says there goes to the stderr of this process.
        boolean tries = random.nextInt(20) == 0;
        line.add(tries ? Integer.toString(taken) : any("-1", "65536", "abc", "", "99999999999"));
        option(line, "--listen-addr", host());
        option(line, "--backlog", odd());
        option(line, "--receive-timeout", time());
        option(line, "--mode", mode());
        flag(line, "--without-reuseport");
    }

    private void send(List<String> line) {
        line.add("send");
        if (random.nextInt(8) > 0) {
            line.add(any(
                    "127.0.0.1:" + answering,
                    "127.0.0.1:" + answering,
                    "127.0.0.1:1",
                    "[::1]:1",
                    host() + ":" + odd()));
            if (random.nextBoolean()) {
                line.add(odd());
            }
        } else {
            line.add(odd());
        }
        option(line, "--count", any("1", "2", "3", "0", "-1", "99999999999", "abc", ""));
        option(line, "--timeout", time());
        flag(line, "--raw");
    }

    private void inspect(List<String> line) {
        line.add("inspect");
        line.addAll(some(this::optionName, 3));
        option(
                line,
                "--set",
                any(
                        optionName() + any("", "=", "=" + odd(), "=1", "=0", "=1:2", "=0.5", "=-1", "=4294967296"),
                        any("1", "SOL_SOCKET", "6", odd()) + ":" + any("15", "0x2", "SO_LINGER", odd()) + ":"
                                + any("", "01000000", "0", "zz", odd())));
        option(
                line,
                "--raw",
                any("SOL_SOCKET", "1", "0x1", odd()) + ":" + any("SO_MEMINFO", "2", odd()) + ":"
                        + any("0", "1", "4", "512", "513", odd()));
        option(line, "--family", any("inet", "inet6", odd()));
        option(line, "--type", any("stream", "dgram", odd()));
        option(line, "--mode", mode());
        if (random.nextInt(4) == 0) {
            option(line, "--pid", any(Long.toString(ProcessHandle.current().pid()), "0", "1", "4194305", odd()));
            option(line, "--fd", any("0", "1", "3", odd()));
        }
        if (random.nextInt(8) == 0) {
            line.add("--about");
        }
        format(line);
    }

    private void abi(List<String> line) {
        line.add("abi");
        line.addAll(some(this::constant, 2));
        option(line, "--abi", any("linux", "darwin,linux", "linux-mips", odd()));
        option(line, "--width", odd());
        format(line);
    }

    private String constant() {
        Const[] all = Const.values();
        String name = all[random.nextInt(all.length)].name();
        return any(name, name.toLowerCase(Locale.ROOT), name.replace('O', '?'), "SO_*", odd());
    }

    private void explain(List<String> line) {
        line.add("explain");
        line.add(any("tcp", "udp", "TCP", odd()));
        line.add(any(endpoint(), endpoint(), odd()));
        line.addAll(some(() -> any(setting(), odd()), 3));
        option(line, "--uid", any(Integer.toString(new JnrSyscalls().geteuid()), "-1", "abc", "", "99999999999"));
        format(line);
    }

    private void compare(List<String> line) {
        line.add("compare");
        line.addAll(some(this::optionName, 2));
        option(line, "--family", any("inet", "inet6", odd()));
        format(line);
    }

    private void attempt(List<String> line) {
        line.add("try");
        if (random.nextInt(4) == 0) {
            line.addAll(List.of("--file", any("-", "nowhere", odd(), files.get(random.nextInt(files.size())))));
        } else {
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                line.add(step());
            }
        }
        option(line, "--rules", any("linux", "macos", "freebsd-14.0", "netbsd", "windows", odd()));
        option(line, "--mode", mode());
        flag(line, "--no-run");
        flag(line, "--reasons");
        format(line);
    }

    private String step() {
        String socket = any("1", "1", "2", "3", "0", "-1", "99999999999", "");
        return switch (random.nextInt(12)) {
            case 0 -> any("listen ", "close ", "shutdown ", "connect ", "client-close ", "server-close ") + socket;
            case 1 -> "connect " + socket + any("", "", " x");
            case 2 -> "set " + socket + " " + setting();
            case 3 -> odd();
            case 4 -> odd() + " " + odd() + " " + odd();
            default ->
                any("tcp", "tcp", "udp") + " " + any(endpoint(), "[::1]:0", "127.0.0.1:0", "127.0.0.1:@1", "[::]:@1")
                        + " " + any("", setting(), setting() + " " + setting(), "uid=-1", "uid=" + odd().strip() + "x")
                        + any("", " listen", " listen");
        };
    }

    private void experiment(List<String> line) {
        if (random.nextInt(3) > 0) {
            line.addAll(List.of("spread", "--connections", any("1", "7", "30", "0", "-1", "99999999999", "")));
            line.addAll(List.of("--listeners", any("1", "2", "3", "0", "-1", "4097", "2147483647", "")));
            option(line, "--busy", any("0", "1", "4", odd()));
            option(line, "--steer", any("0", "1", "4", "cpu", "random", odd()));
            option(line, "--chart", any("/nowhere/x.svg", "x.txt", "x", "/dev/null"));
            flag(line, "--lb");
        } else {
            line.addAll(List.of("restart", "--queued", any("1", "7", "20", "0", "-1", "2147483647", "")));
            line.addAll(List.of("--listeners", any("2", "3", "1", "-1", "2147483647", "")));
            option(line, "--strategy", any("close", "drain", "shutdown", odd()));
            option(line, "--rate", any("0", "-1", odd()));
        }
        line.addAll(List.of("--timeout", any("0.2s", "0.2s", "1ms", "0", odd())));
        option(line, "--listen-addr", host());
        option(line, "--mode", mode());
        format(line);
    }

    private String endpoint() {
        String host = host();
        String port =
                any("0", Integer.toString(taken), Integer.toString(answering), "1", "65535", "65536", "@1", odd());
        return (host.contains(":") && random.nextInt(8) > 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private String setting() {
        return optionName() + any("", "=1", "=0", "=on", "=off", "=" + odd(), "=65536");
    }

    private String optionName() {
        String name = SockOpts.all().get(random.nextInt(SockOpts.all().size())).name();
        return switch (random.nextInt(8)) {
            case 0 -> name.toLowerCase(Locale.ROOT);
            case 1 -> name.substring(1);
            case 2 -> odd();
            case 3, 4 -> any("SO_REUSEPORT", "SO_REUSEADDR", "IPV6_V6ONLY", "SO_BINDTODEVICE");
            default -> name;
        };
    }

    private String mode() {
        return any("native", "native", "jdk", "ffm", odd());
    }

    private String host() {
        return random.nextInt(10) == 0
                ? any("", " ", "::%", "1.2.3.4.5:", "[]")
                : HOSTS.get(random.nextInt(HOSTS.size()));
    }

    private String time() {
        return random.nextInt(4) == 0 ? odd() : TIMES.get(random.nextInt(TIMES.size()));
    }

    private String odd() {
        return ODD.get(random.nextInt(ODD.size()));
    }

    private void format(List<String> line) {
        if (random.nextBoolean()) {
            line.addAll(List.of("--format", any("json", "json", "JSON", "json", "xml", "")));
        }
    }

    /** Adds an option, seldom twice. */
    private void option(List<String> line, String name, String value) {
        for (int i = random.nextInt(16); i > 13 || i == 1; i -= 14) {
            if (random.nextBoolean()) {
                line.addAll(List.of(name, value));
            } else {
                line.add(name + "=" + value);
            }
        }
        if (random.nextInt(5) == 0) {
            line.addAll(List.of(name, value));
        }
    }

    private void flag(List<String> line, String name) {
        if (random.nextInt(4) == 0) {
            line.add(name);
        }
    }

    /** Some, and seldom none: without names a command prints all that it knows. */
    private List<String> some(Supplier<String> value, int most) {
        List<String> values = new ArrayList<>();
        for (int i = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(most); i > 0; i--) {
            values.add(value.get());
        }
        return values;
    }

    private String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
