package dev.reuseport.bench;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures everything that {@code native-notes/performance.md} tells, and prints it as it stands there.
 *
 * <p>{@code bench.rounds} says how often each contestant has its turn; {@code bench.only} is one of calls, listeners,
 * connections, start and group.
 */
public final class Bench {
    private static final TimeValue ITERATION = TimeValue.milliseconds(200);
    private static final int ITERATIONS = 4;

    private final Path folder = Path.of(System.getProperty("bench.folder"));
    private final int rounds = Integer.getInteger("bench.rounds", 9);
    private final List<String> allocating = new ArrayList<>();

    private Bench() {}

    /** Runs all, or what {@code bench.only} says. */
    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench();
        String only = System.getProperty("bench.only", "");
        System.out.println(bench.machine());
        if (only.isEmpty() || only.equals("calls")) {
            System.out.println("getsockopt of SO_REUSEPORT\n\n" + bench.calls("getBy", true));
            System.out.println("setsockopt of SO_REUSEPORT\n\n" + bench.calls("setBy", true));
        }
        if (only.isEmpty() || only.equals("listeners")) {
            System.out.println(
                    "A listener opened, set twice, bound, listening and closed\n\n" + bench.calls("openBy", false));
        }
        if (only.isEmpty() || only.equals("connections")) {
            System.out.println(new ServedConnections(bench.folder, bench.rounds).run());
        }
        if (only.isEmpty() || only.equals("start")) {
            System.out.println(new StartUp(bench.folder, 2 * bench.rounds + 1).run());
        }
        if (only.isEmpty() || only.equals("group")) {
            System.out.println(new LargeGroup(bench.folder, bench.rounds).run());
        }
    }

    private String machine() throws Exception {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        String model = "";
        if (Files.isReadable(cpuinfo)) {
            try (Stream<String> lines = Files.lines(cpuinfo)) {
                model = lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 2))
                        .findFirst()
                        .orElse("");
            }
        }
        return "%s, %d processors; %s %s %s; Java %s (%s); %s; %s\n"
                .formatted(
                        model,
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch"),
                        System.getProperty("java.vm.version"),
                        System.getProperty("java.vendor"),
                        firstLine("cc", "--version"),
                        firstLine("python3", "--version"));
    }

    private static String firstLine(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said.lines().findFirst().orElse("");
    }

    /** Each contestant of a kind, forked anew in each round; C first, where it takes part. */
    private String calls(String kind, boolean withC) throws Exception {
        List<String> contestants = new ArrayList<>(withC ? List.of("C", "Jnr") : List.of("Jnr"));
        if (Runtime.version().feature() >= 22) {
            contestants.add("Ffm");
        }
        contestants.add("Jdk");
        Rounds nanos = new Rounds();
        allocating.clear();
        for (int round = 0; round < rounds; round++) {
            for (String contestant : contestants) {
                RunResult result = new Runner(new OptionsBuilder()
                                .include("\\." + kind + contestant + "$")
                                .forks(1)
                                .warmupIterations(ITERATIONS)
                                .warmupTime(ITERATION)
                                .measurementIterations(ITERATIONS)
                                .measurementTime(ITERATION)
                                .addProfiler(GCProfiler.class)
                                .addProfiler(Cpu.class)
                                .jvmArgsAppend("-Dbench.folder=" + folder, "-XX:+UseSerialGC")
                                .verbosity(VerboseMode.SILENT)
                                .shouldFailOnError(true)
                                .build())
                        .runSingle();
                nanos.add(
                        contestant, result.getSecondaryResults().get(Cpu.RESULT).getScore());
                Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
                if (round == 0 && bytes != null) {
                    allocating.add("%s %.0f".formatted(contestant, bytes.getScore()));
                }
            }
        }
        String table = withC ? nanos.table("ns of CPU", "C", "Jdk") : nanos.table("ns of CPU", "Jdk");
        return table + "\nBytes allocated per call: " + String.join(", ", allocating) + "\n";
    }
}
