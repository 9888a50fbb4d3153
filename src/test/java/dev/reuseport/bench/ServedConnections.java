package dev.reuseport.bench;

import dev.reuseport.receiver.Sender;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What serving one connection costs: the receiver's CPU, as the kernel counts it, over the connections it answered. Once
 * with its lines in a pipe that somebody reads, once with its lines in a file.
 */
final class ServedConnections {
    /** How often all receivers are started anew: one start of a program differs from the next by more than two rounds do. */
    private static final int STARTS = 3;

    private static final int BACKLOG = 128;
    private static final int CLIENTS = 2;
    private static final int WARMING = 6000;
    private static final int PER_ROUND = 1500;
    private static final int CROWD = 64;
    private static final int EACH_OF_CROWD = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** From here on a JVM has given back what it only began with: 6 MiB of a compiler's, after 5 s and one more trim. */
    private static final Duration SETTLED = Duration.ofSeconds(8);

    private static final byte[] HELLO = "Hello\n".getBytes(StandardCharsets.US_ASCII);

    private final Path folder;
    private final int rounds;

    ServedConnections(Path folder, int rounds) {
        this.folder = folder;
        this.rounds = rounds;
    }

    /** Where a receiver's lines go. */
    private enum Log {
        PIPE,
        FILE
    }

    /** A receiver as a process of its own. */
    private static final class Running implements AutoCloseable {
        private final Process process;
        private final Sender sender;

        Running(List<String> command, Log log, Path file) throws IOException, InterruptedException {
            ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
            if (log == Log.FILE) {
                builder.redirectError(file.toFile());
            }
            process = builder.start();
            BufferedReader lines = log == Log.FILE ? Files.newBufferedReader(file) : process.errorReader();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            String line = lines.readLine();
            while (line == null || !line.contains("Listening sockname=")) {
                if (line == null && (!process.isAlive() || System.nanoTime() > deadline)) {
                    throw new IOException(String.join(" ", command) + " does not listen");
                }
                // The end of a file is the end for now.
                TimeUnit.MILLISECONDS.sleep(line == null ? 10 : 0);
                line = lines.readLine();
            }
            int port = Integer.parseInt(line.split(", ")[1]);
            sender = new Sender(new InetSocketAddress(InetAddress.getByName("::1"), port), PATIENCE);
            Thread drain = new Thread(() -> {
                char[] part = new char[1 << 16];
                try (lines) {
                    while (lines.read(part) >= 0) {
                        // the log has a reader, as in life
                    }
                } catch (IOException e) {
                    // the end of the receiver
                }
            });
            drain.setDaemon(true);
            drain.start();
        }

        /** Resident memory in MiB. */
        double resident() throws IOException {
            try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
                return lines.filter(line -> line.startsWith("VmRSS:"))
                        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                        .findFirst()
                        .orElseThrow();
            }
        }

        @Override
        public void close() {
            process.destroy();
            process.onExit().join();
        }
    }

    private Map<String, List<String>> receivers() throws IOException, InterruptedException {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        String backlog = Integer.toString(BACKLOG);
        String receiver = CProgram.program(folder, "receiver").toString();
        commands.put("C", List.of(receiver, "0", backlog));
        commands.put("C, MSG_MORE", List.of(receiver, "0", backlog, "more"));
        commands.put(
                "Python",
                List.of(
                        Rivals.python(),
                        CProgram.resource(folder, "receiver.py").toString(),
                        "0",
                        backlog));
        String launcher = Rivals.launcher();
        List<String> modes =
                Runtime.version().feature() < 22 ? List.of("native", "jdk") : List.of("native", "ffm", "jdk");
        for (String mode : modes) {
            commands.put(mode, List.of(launcher, "serve", "--mode", mode, "--listen-port", "0", "--backlog", backlog));
        }
        return commands;
    }

    /** Serves with each in turn, and returns what there is to say. */
    String run() throws Exception {
        StringBuilder said = new StringBuilder();
        for (Log log : Log.values()) {
            said.append(new Measured(log).table());
        }
        return said.toString();
    }

    /** What the receivers cost that log in one way. */
    private final class Measured {
        private final Log log;
        private final Rounds cpu = new Rounds();
        private final Rounds resident = new Rounds();
        private final Rounds slowest = new Rounds();
        private int failures;

        Measured(Log log) throws Exception {
            this.log = log;
            for (int start = 0; start < STARTS; start++) {
                Map<String, Running> running = new LinkedHashMap<>();
                try {
                    for (Map.Entry<String, List<String>> receiver : receivers().entrySet()) {
                        Path file = folder.resolve(receiver.getKey() + ".log");
                        Running started = new Running(receiver.getValue(), log, file);
                        running.put(receiver.getKey(), started);
                        send(started.sender, CLIENTS, WARMING / CLIENTS);
                    }
                    for (int round = 0; round < rounds; round++) {
                        for (Map.Entry<String, Running> receiver : running.entrySet()) {
                            serve(receiver.getKey(), receiver.getValue());
                        }
                    }
                    Thread.sleep(SETTLED.toMillis());
                    for (Map.Entry<String, Running> receiver : running.entrySet()) {
                        crowd(receiver.getKey(), receiver.getValue());
                    }
                } finally {
                    running.values().forEach(Running::close);
                }
            }
        }

        private void serve(String name, Running receiver) {
            long before = Cpu.nanos(receiver.process.pid());
            send(receiver.sender, CLIENTS, PER_ROUND / CLIENTS);
            double micros = (Cpu.nanos(receiver.process.pid()) - before) / 1e3;
            cpu.add(name, micros / PER_ROUND);
        }

        private void crowd(String name, Running receiver) throws IOException {
            resident.add(name, receiver.resident());
            List<Double> millis = send(receiver.sender, CROWD, EACH_OF_CROWD);
            slowest.add(
                    name, millis.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
            failures += CROWD * EACH_OF_CROWD - millis.size();
        }

        String table() {
            return "A served connection, the lines in a " + log + ", " + CLIENTS + " client threads, backlog " + BACKLOG
                    + ", " + STARTS + " starts, " + rounds + " rounds of " + PER_ROUND + " each\n\n"
                    + cpu.table("us of CPU", "C", "C, MSG_MORE", "Python", "jdk") + "\n"
                    + "Resident memory after that\n\n" + resident.table("MiB") + "\n"
                    + "The slowest of " + CROWD * EACH_OF_CROWD + " connections of " + CROWD + " clients at a time ("
                    + failures + " of all failed)\n\n" + slowest.table("ms") + "\n";
        }
    }

    /** Sends from several threads at a time; returns how long each connection took, in ms, those that failed left out. */
    private static List<Double> send(Sender sender, int clients, int each) {
        ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
        ExecutorService pool = Executors.newFixedThreadPool(clients);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int j = 0; j < each; j++) {
                            long before = System.nanoTime();
                            try {
                                if (sender.send(HELLO).length > 0) {
                                    millis.add((System.nanoTime() - before) / 1e6);
                                }
                            } catch (IOException e) {
                                // counted by its absence
                            }
                        }
                    },
                    pool));
        }
        all.forEach(CompletableFuture::join);
        pool.shutdown();
        return List.copyOf(millis);
    }
}
