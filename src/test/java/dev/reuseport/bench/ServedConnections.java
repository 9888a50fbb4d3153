package dev.reuseport.bench;

import dev.reuseport.receiver.Sender;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
import java.util.stream.Stream;

/** What serving one connection costs: the receiver's CPU, as the kernel counts it, over the connections it answered. */
final class ServedConnections {
    private static final int BACKLOG = 128;
    private static final int CLIENTS = 2;
    private static final int WARMING = 6000;
    private static final int PER_ROUND = 1500;
    private static final int CROWD = 64;
    private static final int EACH_OF_CROWD = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] HELLO = "Hello\n".getBytes(StandardCharsets.US_ASCII);

    private final Path folder;
    private final int rounds;

    ServedConnections(Path folder, int rounds) {
        this.folder = folder;
        this.rounds = rounds;
    }

    /** A receiver as a process of its own, its lines thrown away but for the one with its port. */
    private static final class Running implements AutoCloseable {
        private final Process process;
        private final Sender sender;

        Running(List<String> command) throws IOException {
            process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (line != null && !line.contains("Listening sockname=")) {
                line = lines.readLine();
            }
            if (line == null) {
                throw new IOException(String.join(" ", command) + " does not listen");
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
        commands.put("C", List.of(CProgram.program(folder, "receiver").toString(), "0", backlog));
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
        Map<String, Running> running = new LinkedHashMap<>();
        Rounds cpu = new Rounds();
        Rounds resident = new Rounds();
        Rounds slowest = new Rounds();
        int failures = 0;
        try {
            for (Map.Entry<String, List<String>> receiver : receivers().entrySet()) {
                running.put(receiver.getKey(), new Running(receiver.getValue()));
                send(running.get(receiver.getKey()).sender, CLIENTS, WARMING / CLIENTS);
            }
            for (int round = 0; round < rounds; round++) {
                for (Map.Entry<String, Running> receiver : running.entrySet()) {
                    long pid = receiver.getValue().process.pid();
                    long before = Cpu.nanos(pid);
                    send(receiver.getValue().sender, CLIENTS, PER_ROUND / CLIENTS);
                    double micros = (Cpu.nanos(pid) - before) / 1e3;
                    cpu.add(receiver.getKey(), micros / PER_ROUND);
                }
            }
            for (Map.Entry<String, Running> receiver : running.entrySet()) {
                resident.add(receiver.getKey(), receiver.getValue().resident());
                List<Double> millis = send(receiver.getValue().sender, CROWD, EACH_OF_CROWD);
                slowest.add(
                        receiver.getKey(),
                        millis.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
                failures += CROWD * EACH_OF_CROWD - millis.size();
            }
        } finally {
            running.values().forEach(Running::close);
        }
        return "A served connection, " + CLIENTS + " client threads, backlog " + BACKLOG + ", " + rounds + " rounds of "
                + PER_ROUND + "\n\n"
                + cpu.table("us of CPU", "C", "Python", "jdk") + "\n"
                + "Resident memory after that\n\n" + resident.table("MiB") + "\n"
                + "The slowest of " + CROWD * EACH_OF_CROWD + " connections of " + CROWD + " clients at a time ("
                + failures + " of all failed)\n\n" + slowest.table("ms");
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
