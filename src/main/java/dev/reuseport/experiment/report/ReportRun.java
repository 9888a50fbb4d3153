package dev.reuseport.experiment.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Has this program say all that it can of this host, command by command, and gathers the answers. */
public final class ReportRun {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final int STARTS = 3;

    /** The exit status of a command that is not possible on this platform or without this privilege. */
    private static final int NOT_POSSIBLE = 3;

    private static final String ONE_USER = "of one user";
    private static final String SEVERAL = "of several users";
    private static final int CLIENTS = 4000;
    private static final List<String> MEMBERS = List.of("2", "8");
    private static final List<String> STRATEGIES = List.of("close", "drain", "steer-drain", "filter-drain");
    private static final List<String> START = List.of("inspect", "SO_REUSEADDR", "SO_REUSEPORT", "--family", "inet");
    private static final Set<String> SERVICE_MANAGER =
            Set.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET");

    private final OwnProgram program;
    private final Proc proc;
    private final Syscalls syscalls;
    private final String version;
    private final Consumer<String> onDone;

    /** A run of a command: the part that it belongs to and its name there, which is empty if it is the only one. */
    private record Task(String part, String name, List<String> command) {}

    /**
     * Prepares one.
     *
     * @param version of this program
     * @param onDone is told each part as it comes, from any thread, one at a time
     */
    public ReportRun(OwnProgram program, Proc proc, Syscalls syscalls, String version, Consumer<String> onDone) {
        this.program = program;
        this.proc = proc;
        this.syscalls = syscalls;
        this.version = version;
        this.onDone = onDone;
    }

    /** Returns how many runs {@code onDone} will be told of. */
    public static int runs() {
        return 2 + questions().size() + traffic().size() + 1;
    }

    /** Those that have their cases in a file each; where none can be written, that is said in their places. */
    private List<Task> binds(Map<String, JsonObject> parts) {
        try {
            Corpus corpus = Corpus.read();
            return List.of(bind(ONE_USER, corpus.ofOneUser()), bind(SEVERAL, corpus.ofSeveral()));
        } catch (IOException e) {
            Part none = Part.notPossible("the cases cannot be written down for it: " + e.getMessage());
            for (String users : List.of(ONE_USER, SEVERAL)) {
                parts.get(Report.BIND).add(users, none.json());
                onDone.accept(Report.BIND + ", " + users);
            }
            return List.of();
        }
    }

    /** Its file goes when this process does: a signal leaves none. */
    private static Task bind(String users, List<String> cases) throws IOException {
        Path file = Files.createTempFile("reuseport-report", ".try");
        file.toFile().deleteOnExit();
        Files.writeString(file, String.join("\n\n", cases));
        return new Task(Report.BIND, users, List.of("try", "--file", file.toString()));
    }

    /** Those that open sockets and have no client, or one. */
    private static List<Task> questions() {
        List<Task> tasks = new ArrayList<>();
        tasks.add(new Task(Report.NUMBERS, "", List.of("abi")));
        for (String mode : List.of("native", "ffm", "jdk")) {
            for (String family : List.of("inet", "inet6")) {
                for (String type : List.of("stream", "dgram")) {
                    tasks.add(new Task(
                            Report.OPTIONS,
                            mode + " " + family + " " + type,
                            List.of("inspect", "--mode", mode, "--family", family, "--type", type)));
                }
            }
        }
        for (String family : List.of("inet", "inet6")) {
            tasks.add(new Task(Report.COMPARE, family, List.of("compare", "--family", family)));
        }
        return tasks;
    }

    /** Those that make thousands of connections: behind the others, whose ports they might take. */
    private static List<Task> traffic() {
        List<Task> tasks = new ArrayList<>();
        tasks.add(new Task(Report.CLAIMS, "", List.of("claims")));
        for (String protocol : List.of("tcp", "udp")) {
            for (String address : List.of("127.0.0.1", "::1")) {
                for (String members : MEMBERS) {
                    tasks.add(new Task(
                            Report.SPREAD,
                            protocol + " " + address + " " + members,
                            List.of(
                                    "spread",
                                    "--protocol",
                                    protocol,
                                    "--listen-addr",
                                    address,
                                    "--listeners",
                                    members,
                                    protocol.equals("udp") ? "--sources" : "--connections",
                                    Integer.toString(CLIENTS))));
                }
            }
        }
        for (String strategy : STRATEGIES) {
            tasks.add(new Task(Report.RESTART, strategy, List.of("restart", "--strategy", strategy)));
        }
        return tasks;
    }

    /** Runs all of it; a part that fails says so in its place. */
    public Report run() throws IOException, InterruptedException {
        Map<String, JsonObject> parts = new LinkedHashMap<>();
        for (String part : List.of(
                Report.NUMBERS,
                Report.SYSCTLS,
                Report.OPTIONS,
                Report.COMPARE,
                Report.BIND,
                Report.CLAIMS,
                Report.SPREAD,
                Report.RESTART,
                Report.START)) {
            parts.put(part, new JsonObject());
        }
        parts.put(Report.SYSCTLS, HostFacts.sysctls(proc).json());
        parts.put(Report.START, start().json());
        onDone.accept(Report.START);
        List<Task> tasks = new ArrayList<>(binds(parts));
        tasks.addAll(questions());
        run(tasks, parts);
        run(traffic(), parts);
        JsonObject document = new JsonObject();
        document.addProperty("schema", Report.SCHEMA);
        document.add("host", HostFacts.host(proc, syscalls, version));
        JsonObject all = new JsonObject();
        parts.forEach(all::add);
        document.add("parts", all);
        return new Report(document);
    }

    /** As many at a time as there are CPUs: most of each is the start of a JVM. */
    private void run(List<Task> tasks, Map<String, JsonObject> parts) throws InterruptedException {
        ExecutorService runners =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            Map<Task, Future<Part>> running = new LinkedHashMap<>();
            tasks.forEach(task -> running.put(task, runners.submit(() -> part(task))));
            for (Map.Entry<Task, Future<Part>> each : running.entrySet()) {
                JsonObject ran = ended(each.getValue()).json();
                Task task = each.getKey();
                if (task.name().isEmpty()) {
                    parts.put(task.part(), ran);
                } else {
                    parts.get(task.part()).add(task.name(), ran);
                }
            }
        } finally {
            runners.shutdownNow();
        }
    }

    private static Part ended(Future<Part> running) throws InterruptedException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            return failed(List.of(), Optional.empty(), String.valueOf(e.getCause()));
        }
    }

    private static Part failed(List<String> command, Optional<Integer> exit, String why) {
        return new Part(Part.Status.FAILED, command, exit, Optional.of(why), Optional.empty());
    }

    private Part asked(List<String> command) throws InterruptedException {
        try {
            return ask(command);
        } catch (IOException | UncheckedIOException e) {
            return failed(shown(command), Optional.empty(), "it could not be run: " + e.getMessage());
        }
    }

    private Part part(Task task) throws InterruptedException {
        Part part = asked(task.command());
        synchronized (onDone) {
            onDone.accept(task.part() + (task.name().isEmpty() ? "" : ", " + task.name()));
        }
        return part;
    }

    /** A file of a run has another name in every run. */
    private static List<String> shown(List<String> command) {
        List<String> shown = new ArrayList<>(command);
        int file = shown.indexOf("--file") + 1;
        if (file > 0) {
            shown.set(file, "bind-rules.try");
        }
        return shown;
    }

    private Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(SERVICE_MANAGER);
        return builder.start();
    }

    private Part ask(List<String> command) throws IOException, InterruptedException {
        Process process = start(program.starting(OwnProgram.asking(command)));
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                return failed(shown(command), Optional.empty(), "it did not end within " + PATIENCE.toSeconds() + " s");
            }
            return ended(shown(command), process.exitValue(), out.join(), err.join());
        } finally {
            process.destroyForcibly();
        }
    }

    private static CompletableFuture<String> read(InputStream in) {
        return CompletableFuture.supplyAsync(() -> text(in), reading -> new Thread(reading).start());
    }

    private static String text(InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Part ended(List<String> command, int exit, String out, String err) {
        Optional<Integer> status = Optional.of(exit);
        // A JVM may have said something too.
        Optional<String> said =
                err.lines().filter(line -> line.startsWith("reuseport ")).findFirst();
        if (!out.isBlank()) {
            try {
                return new Part(Part.Status.DONE, command, status, said, Optional.of(JsonParser.parseString(out)));
            } catch (JsonParseException e) {
                return failed(command, status, "its answer is no JSON: " + e.getMessage());
            }
        }
        return exit == NOT_POSSIBLE
                ? new Part(Part.Status.NOT_POSSIBLE, command, status, said, Optional.empty())
                : failed(command, status, said.orElseGet(() -> err.isBlank() ? "it said nothing" : err.strip()));
    }

    /** How long a whole process takes from its start to its answer. */
    private Part start() throws InterruptedException {
        double[] seconds = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            long began = System.nanoTime();
            Part part = asked(START);
            seconds[i] = (System.nanoTime() - began) / 1e9;
            if (part.status() != Part.Status.DONE) {
                return part;
            }
        }
        Arrays.sort(seconds);
        JsonObject answer = new JsonObject();
        JsonArray all = new JsonArray();
        Arrays.stream(seconds).forEach(all::add);
        answer.add("seconds", all);
        answer.addProperty("median", seconds[STARTS / 2]);
        return new Part(Part.Status.DONE, START, Optional.of(0), Optional.empty(), Optional.of(answer));
    }
}
