package dev.reuseport.experiment.report;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.experiment.report.Difference.Group;
import dev.reuseport.option.LinuxAnswer;
import dev.reuseport.option.Named;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What two reports say differently, without what would differ between two reports of one host: ports, processes, cookies,
 * clocks, counts of chance. Things are matched by their names and never by their places.
 */
public final class Differences {
    /** Of each socket's own, or of the moment. */
    private static final Set<String> VOLATILE = Set.of(
            "SO_COOKIE",
            "SO_NETNS_COOKIE",
            "SO_MEMINFO",
            "SO_INCOMING_CPU",
            "SO_INCOMING_NAPI_ID",
            "TCP_INFO",
            "TCP_CC_INFO",
            "TCP_TIMESTAMP");

    private static final Map<String, List<String>> SET_BY = Map.ofEntries(
            Map.entry("SO_RCVBUF", List.of("net.ipv4.tcp_rmem", "net.core.rmem_default")),
            Map.entry("SO_SNDBUF", List.of("net.ipv4.tcp_wmem", "net.core.wmem_default")),
            Map.entry("TCP_WINDOW_CLAMP", List.of("net.ipv4.tcp_rmem")),
            Map.entry("TCP_CONGESTION", List.of("net.ipv4.tcp_congestion_control")),
            Map.entry("TCP_KEEPIDLE", List.of("net.ipv4.tcp_keepalive_time")),
            Map.entry("TCP_KEEPINTVL", List.of("net.ipv4.tcp_keepalive_intvl")),
            Map.entry("TCP_KEEPCNT", List.of("net.ipv4.tcp_keepalive_probes")),
            Map.entry("TCP_LINGER2", List.of("net.ipv4.tcp_fin_timeout")),
            Map.entry("TCP_NOTSENT_LOWAT", List.of("net.ipv4.tcp_notsent_lowat")),
            Map.entry("SO_BUSY_POLL", List.of("net.core.busy_read")),
            Map.entry("IP_TTL", List.of("net.ipv4.ip_default_ttl")),
            Map.entry("IPV6_V6ONLY", List.of("net.ipv6.bindv6only")));

    private static final List<String> HOST = List.of(
            "system",
            "kernel",
            "arch",
            "abi",
            "emulator",
            "cpu",
            "cpus",
            "java",
            "javaVendor",
            "javaVm",
            "uid",
            "capabilities",
            "openFilesLimit",
            "ipv6Loopback");

    private static final Pattern RAW = Pattern.compile("(?:[0-9a-f]{2})+");
    private static final String PRIVILEGES = "the two were run with different privileges";
    private static final String JDK = "jdk ";
    private static final String FFM = "ffm ";

    private final Report left;
    private final Report right;
    private final List<Difference> found = new ArrayList<>();

    private Differences(Report left, Report right) {
        this.left = left;
        this.right = right;
    }

    /** Compares two reports; the result is in the order of the groups. */
    public static List<Difference> of(Report left, Report right) {
        Differences both = new Differences(left, right);
        both.host();
        both.sysctls();
        both.runs(Report.NUMBERS, Group.NUMBERS, both::numbers);
        both.runs(Report.OPTIONS, Group.REFUSALS, both::options);
        both.runs(Report.COMPARE, Group.DEFAULTS, both::compare);
        both.runs(Report.BIND, Group.BINDS, both::bind);
        both.runs(Report.CLAIMS, Group.DISTRIBUTION, both::claims);
        both.runs(Report.SPREAD, Group.DISTRIBUTION, both::spread);
        both.runs(Report.RESTART, Group.DISTRIBUTION, both::restart);
        // How long it took says nothing, and whether there was one does.
        both.runs(Report.START, Group.SETTINGS, (run, one, other) -> {});
        return both.found.stream()
                .sorted(Comparator.comparing(Difference::group))
                .toList();
    }

    /** Compares two answers of one run. */
    @FunctionalInterface
    private interface Comparing {
        void compare(String run, Fields left, Fields right);
    }

    private void add(String part, Group group, String what, String one, String other, Optional<String> reason) {
        found.add(new Difference(part, group, what, one, other, reason.or(this::emulated)));
    }

    /** What an emulator of another CPU does not know, or answers itself, is no other kernel's doing. */
    private Optional<String> emulated() {
        return Stream.of(left, right)
                .flatMap(report -> report.host().text("emulator").stream())
                .findFirst()
                .filter(emulator -> differ("emulator"))
                .map(emulator -> "one of them ran under " + emulator + ", which hands on what it knows");
    }

    private static Set<String> keys(Map<String, ?> one, Map<String, ?> other) {
        Set<String> keys = new LinkedHashSet<>(one.keySet());
        keys.addAll(other.keySet());
        return keys;
    }

    private void runs(String part, Group group, Comparing comparing) {
        Map<String, Part> ones = left.runs(part);
        Map<String, Part> others = right.runs(part);
        for (String name : keys(ones, others)) {
            Part one = ones.get(name);
            Part other = others.get(name);
            String what = name.isEmpty() ? part : name;
            if (one == null || other == null) {
                add(
                        part,
                        group,
                        what,
                        one == null ? "no such run" : "run",
                        other == null ? "no such run" : "run",
                        newer());
            } else if (one.status() != other.status()) {
                Optional<String> reason = Stream.of(one, other)
                        .filter(run -> run.status() == Part.Status.NOT_POSSIBLE)
                        .flatMap(run -> run.reason().stream())
                        .findFirst();
                boolean failed = one.status() == Part.Status.FAILED || other.status() == Part.Status.FAILED;
                found.add(new Difference(
                        part, group, what, shown(one), shown(other), failed ? Optional.empty() : reason));
            } else if (one.status() == Part.Status.DONE) {
                comparing.compare(name, one.fields(), other.fields());
            } else if (one.status() == Part.Status.FAILED && !one.reason().equals(other.reason())) {
                found.add(new Difference(part, group, what, shown(one), shown(other), Optional.empty()));
            }
        }
    }

    private static String shown(Part run) {
        return run.status() == Part.Status.FAILED
                ? "failed: " + run.reason().orElse("no reason given")
                : run.status().toString();
    }

    /** Reports of different versions of this program do not ask the same. */
    private Optional<String> newer() {
        String one = left.host().shown("reuseport");
        String other = right.host().shown("reuseport");
        return one.equals(other) ? Optional.empty() : Optional.of("the reports are of " + one + " and of " + other);
    }

    private static String known(Fields fields, String key) {
        return fields.some(key).isPresent() ? fields.shown(key) : "not known";
    }

    private boolean differ(String hostKey) {
        return !left.host().shown(hostKey).equals(right.host().shown(hostKey));
    }

    private String both(String hostKey) {
        return left.host().shown(hostKey) + " and " + right.host().shown(hostKey);
    }

    private void host() {
        for (String key : HOST) {
            if (differ(key)) {
                add(
                        "host",
                        Group.SETTINGS,
                        key,
                        known(left.host(), key),
                        known(right.host(), key),
                        Optional.of("two hosts, or two runs, are not the same"));
            }
        }
    }

    private void sysctls() {
        Fields ones = left.answer(Report.SYSCTLS);
        Fields others = right.answer(Report.SYSCTLS);
        if (ones.entries().isEmpty() || others.entries().isEmpty()) {
            if (ones.entries().isEmpty() != others.entries().isEmpty()) {
                add(
                        Report.SYSCTLS,
                        Group.SETTINGS,
                        Report.SYSCTLS,
                        ones.entries().isEmpty() ? "none" : "some",
                        others.entries().isEmpty() ? "none" : "some",
                        Optional.of("one of them is no Linux, or has no /proc"));
            }
            return;
        }
        for (String name : keys(ones.json().asMap(), others.json().asMap())) {
            if (!ones.shown(name).equals(others.shown(name))) {
                add(
                        Report.SYSCTLS,
                        Group.SETTINGS,
                        name,
                        known(ones, name),
                        known(others, name),
                        Optional.of(
                                ones.some(name).isPresent() && others.some(name).isPresent()
                                        ? "whoever runs the host sets it, or a kernel has another beginning"
                                        : "not every kernel has it, and not every network namespace shows it"));
            }
        }
    }

    private void numbers(String run, Fields one, Fields other) {
        Fields ones = one.object("abis").object(left.host().shown("abi"));
        Fields others = other.object("abis").object(right.host().shown("abi"));
        for (String symbol : keys(ones.json().asMap(), others.json().asMap())) {
            if (!ones.shown(symbol).equals(others.shown(symbol))) {
                add(
                        Report.NUMBERS,
                        Group.NUMBERS,
                        symbol,
                        number(ones, symbol),
                        number(others, symbol),
                        differ("abi") ? Optional.of("the table has a column for each: " + both("abi")) : newer());
            }
        }
    }

    private static String number(Fields numbers, String symbol) {
        return numbers.some(symbol).isPresent() ? numbers.shown(symbol) : "not defined";
    }

    private static Map<String, Fields> named(Fields answer, String array, String... keys) {
        Map<String, Fields> named = new LinkedHashMap<>();
        for (Fields each : answer.objects(array)) {
            List<String> name = new ArrayList<>();
            for (String key : keys) {
                name.add(each.shown(key));
            }
            named.put(String.join(" ", name), each);
        }
        return named;
    }

    private void options(String run, Fields one, Fields other) {
        Map<String, Fields> ones = named(one, "options", "level", "name");
        Map<String, Fields> others = named(other, "options", "level", "name");
        for (String name : keys(ones, others)) {
            Fields first = ones.get(name);
            Fields second = others.get(name);
            if (first == null || second == null) {
                add(
                        Report.OPTIONS,
                        Group.REFUSALS,
                        run + " " + name,
                        first == null ? "not in the table" : "in the table",
                        second == null ? "not in the table" : "in the table",
                        newer());
            } else {
                option(run, name, first, second);
            }
        }
    }

    private void option(String run, String name, Fields one, Fields other) {
        String status = one.shown("status");
        String what = run + " " + name;
        boolean alike = status.equals(other.shown("status"));
        if (!alike || !one.shown("errno").equals(other.shown("errno"))) {
            add(Report.OPTIONS, Group.REFUSALS, what, state(one), state(other), refusal(run, one, other));
        } else if (status.equals("value") && !VOLATILE.contains(one.shown("name"))) {
            boolean ofOneSize = sizes(what, one, other);
            // Other programs round what is larger than 2^53.
            boolean ofOneRaw =
                    !differ("abi") && !differ("arch") && one.shown("raw").equals(other.shown("raw"));
            if (!one.shown("value").equals(other.shown("value")) && !ofOneRaw && !ofOneName(one, other)) {
                add(
                        Report.OPTIONS,
                        Group.DEFAULTS,
                        what,
                        one.shown("value"),
                        other.shown("value"),
                        initial(run, name, one).or(() -> ofOneSize ? Optional.empty() : layouts()));
            }
        } else if (status.equals("undecodable")) {
            sizes(what, one, other);
        }
    }

    private boolean sizes(String what, Fields one, Fields other) {
        boolean alike = one.shown("raw").length() == other.shown("raw").length();
        if (!alike) {
            add(Report.OPTIONS, Group.SIZES, what, size(one), size(other), layouts());
        }
        return alike;
    }

    /** A long has the size of a pointer, and a structure is not the same on every system. */
    private Optional<String> layouts() {
        return Stream.of("abi", "arch")
                .filter(this::differ)
                .findFirst()
                .map(key -> "each lays it out in its own way: " + both(key));
    }

    /** Tells whether two numbers are of one constant: SOCK_STREAM is 2 on MIPS. */
    private boolean ofOneName(Fields one, Fields other) {
        Optional<String> name = constant(left, one);
        return name.isPresent() && name.equals(constant(right, other));
    }

    private static Optional<String> constant(Report report, Fields option) {
        return Abi.ifKnown(report.host().shown("system"), report.host().shown("arch"))
                .flatMap(abi ->
                        SockOpts.named(option.shown("name")).flatMap(known -> decoded(abi, known, option.shown("raw"))))
                .flatMap(value -> value instanceof Named named ? named.name() : Optional.empty());
    }

    private static Optional<?> decoded(Abi abi, SockOpt<?> option, String raw) {
        if (!RAW.matcher(raw).matches()) {
            return Optional.empty();
        }
        byte[] bytes = HexFormat.of().parseHex(raw);
        return option.codec().decode(abi, ByteBuffer.wrap(bytes).order(abi.order()), bytes.length);
    }

    private static String size(Fields option) {
        return option.shown("raw").length() / 2 + " bytes";
    }

    private static String state(Fields option) {
        String errno = option.shown("errno");
        String status = option.shown("status");
        return errno.isEmpty() ? status.equals("value") ? option.shown("value") : status : status + " " + errno;
    }

    private Optional<String> refusal(String run, Fields one, Fields other) {
        Optional<String> since = one.text("since").or(() -> other.text("since"));
        if (since.isPresent()) {
            return Optional.of("there is one since " + since.get());
        }
        Set<String> states = Set.of("notDefined");
        if (states.contains(one.shown("status")) || states.contains(other.shown("status"))) {
            return differ("abi")
                    ? Optional.of("the table: not every system defines it (" + both("abi") + ")")
                    : run.startsWith(JDK) && differ("java") ? otherJdk() : newer();
        }
        boolean permission = List.of("EPERM", "EACCES").contains(one.shown("errno"))
                || List.of("EPERM", "EACCES").contains(other.shown("errno"));
        if (permission && (differ("uid") || differ("capabilities"))) {
            return Optional.of(PRIVILEGES);
        }
        return run.startsWith(JDK) && differ("java") ? otherJdk() : otherKernel(run, one.shown("name"));
    }

    private Optional<String> otherKernel(String run, String option) {
        if (!linux(left) || !linux(right)) {
            return Optional.empty();
        }
        Optional<LinuxRelease> one = LinuxRelease.parse(left.host().shown("release"));
        Optional<LinuxRelease> other = LinuxRelease.parse(right.host().shown("release"));
        return one.isEmpty() || other.isEmpty()
                ? Optional.empty()
                : LinuxAnswer.between(one.get(), other.get(), option, run.substring(run.indexOf(' ') + 1));
    }

    private Optional<String> otherJdk() {
        return Optional.of("another JDK: " + both("java"));
    }

    /** Why a fresh socket holds another value. */
    private Optional<String> initial(String run, String name, Fields one) {
        Fields ones = left.answer(Report.SYSCTLS);
        Fields others = right.answer(Report.SYSCTLS);
        for (String sysctl : SET_BY.getOrDefault(one.shown("name"), List.of())) {
            if (!ones.shown(sysctl).equals(others.shown(sysctl))) {
                return Optional.of(sysctl + " is not the same");
            }
        }
        boolean throughJava = run.startsWith(JDK) || run.startsWith(FFM);
        return throughJava && differ("java") && nativelyAlike(run.substring(JDK.length()), name)
                ? otherJdk()
                : Optional.empty();
    }

    /** Tells whether libc reads the same on both. */
    private boolean nativelyAlike(String kind, String name) {
        return natively(left, kind, name).equals(natively(right, kind, name));
    }

    private static String natively(Report report, String kind, String name) {
        Part run = report.runs(Report.OPTIONS).get("native " + kind);
        Fields option = run == null
                ? null
                : named(run.fields(), "options", "level", "name").get(name);
        return option == null ? "" : state(option);
    }

    private void compare(String run, Fields one, Fields other) {
        Map<String, Fields> ones = named(one, "rows", "stage", "level", "name");
        Map<String, Fields> others = named(other, "rows", "stage", "level", "name");
        for (String name : keys(ones, others)) {
            Fields first = ones.get(name);
            Fields second = others.get(name);
            if (first == null || second == null) {
                add(
                        Report.COMPARE,
                        Group.DEFAULTS,
                        run + " " + name,
                        first == null ? "no row" : agreement(first),
                        second == null ? "no row" : agreement(second),
                        newer());
            } else if (!VOLATILE.contains(first.shown("name"))
                    && !agreement(first).equals(agreement(second))) {
                Optional<String> reason = first.text("reason").or(() -> second.text("reason"));
                add(Report.COMPARE, Group.DEFAULTS, run + " " + name, agreement(first), agreement(second), reason);
            }
        }
    }

    private static String agreement(Fields row) {
        return row.yes("agree") ? "native and JDK agree" : "native and JDK differ";
    }

    private void bind(String run, Fields one, Fields other) {
        Map<String, Fields> ones = BindCases.steps(one);
        Map<String, Fields> others = BindCases.steps(other);
        for (String step : keys(ones, others)) {
            Fields first = ones.get(step);
            Fields second = others.get(step);
            if (first == null || second == null) {
                add(
                        Report.BIND,
                        Group.BINDS,
                        step,
                        first == null ? "no such case" : BindCases.outcome(first),
                        second == null ? "no such case" : BindCases.outcome(second),
                        newer());
            } else if (!BindCases.outcome(first).equals(BindCases.outcome(second))) {
                add(
                        Report.BIND,
                        Group.BINDS,
                        step,
                        BindCases.outcome(first),
                        BindCases.outcome(second),
                        ruled(first, second));
            }
        }
    }

    /** The rules know why if they foresaw both. */
    private static Optional<String> ruled(Fields one, Fields other) {
        Optional<String> note = one.text("note").or(() -> other.text("note"));
        if (note.isPresent()) {
            return note;
        }
        if (!foreseen(one) || !foreseen(other)) {
            return Optional.empty();
        }
        String first = one.object("predicted").shown("reason");
        String second = other.object("predicted").shown("reason");
        return Optional.of("by the rules of each: " + (first.equals(second) ? first : first + " / " + second));
    }

    private static boolean foreseen(Fields step) {
        return !step.yes("differs") && !step.object("predicted").shown("reason").isEmpty();
    }

    private void claims(String run, Fields one, Fields other) {
        Map<String, Fields> ones = named(one, "claims", "id");
        Map<String, Fields> others = named(other, "claims", "id");
        for (String id : keys(ones, others)) {
            Fields first = ones.get(id);
            Fields second = others.get(id);
            if (first == null || second == null) {
                add(
                        Report.CLAIMS,
                        Group.DISTRIBUTION,
                        id,
                        first == null ? "no such claim" : first.shown("verdict"),
                        second == null ? "no such claim" : second.shown("verdict"),
                        newer());
                continue;
            }
            String here = first.shown("verdict");
            String there = second.shown("verdict");
            if (!here.equals(there)) {
                Optional<String> untested = here.equals("notTested")
                        ? first.text("evidence")
                        : there.equals("notTested") ? second.text("evidence") : Optional.empty();
                Optional<String> partly =
                        id.equals("restart-is-free") && Set.of(here, there).contains("depends")
                                ? Optional.of("one of them tried one setting of net.ipv4.tcp_migrate_req alone")
                                : Optional.empty();
                add(Report.CLAIMS, Group.DISTRIBUTION, id, here, there, untested.or(() -> partly));
            }
        }
    }

    private void spread(String run, Fields one, Fields other) {
        String here = spreading(one);
        String there = spreading(other);
        if (!here.equals(there)) {
            boolean hashes = linux(left) != linux(right) && Distribution.even(linux(left) ? one : other);
            add(
                    Report.SPREAD,
                    Group.DISTRIBUTION,
                    run,
                    here,
                    there,
                    hashes
                            ? Optional.of("Linux chooses a member by a hash; macOS and the BSDs give all to one member,"
                                    + " but for SO_REUSEPORT_LB")
                            : one.text("endedEarly").or(() -> other.text("endedEarly")));
        }
    }

    private static boolean linux(Report report) {
        return report.host().shown("system").equals("Linux");
    }

    private static String spreading(Fields spread) {
        String counts =
                spread.some("pValue").isEmpty() ? "nothing to test" : Distribution.even(spread) ? "even" : "uneven";
        return counts + (spread.some("endedEarly").isPresent() ? ", ended early" : "");
    }

    private void restart(String run, Fields one, Fields other) {
        if (Distribution.loses(one) != Distribution.loses(other)) {
            boolean setting = !one.shown("migrateReq").equals(other.shown("migrateReq"));
            add(
                    Report.RESTART,
                    Group.DISTRIBUTION,
                    run,
                    losing(one),
                    losing(other),
                    setting ? Optional.of("net.ipv4.tcp_migrate_req is not the same") : Optional.empty());
        }
    }

    private static String losing(Fields restart) {
        return Distribution.loses(restart) ? "connections lost" : "none lost";
    }
}
