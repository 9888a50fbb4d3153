package dev.reuseport.experiment;

import dev.reuseport.abi.Const;
import dev.reuseport.experiment.RestartOnCount.Fate;
import dev.reuseport.experiment.RestartOnCount.Loss;
import dev.reuseport.experiment.RestartOnCount.Outcomes;
import dev.reuseport.experiment.RestartOnCount.Phase;
import dev.reuseport.experiment.RestartOnCount.Stall;
import dev.reuseport.experiment.RestartOnCount.Step;
import dev.reuseport.experiment.group.Client;
import dev.reuseport.experiment.group.Clients;
import dev.reuseport.experiment.group.Serving;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Runs a command under a steady stream of connections to a server that runs already, and says what became of each. A
 * connection begins when it is due, whatever became of those before it, so that a stall shows in full.
 *
 * <p>One that sends something is answered when something comes back, and no reset behind it. One that sends nothing ends its
 * own direction, and is answered when the server says something or ends it in order: who never accepted it cannot do that.
 */
public final class RestartOn {
    private static final Duration PACE = Duration.ofMillis(1);

    /** An answer is over when nothing more has come for so long: a server may keep a connection open. */
    private static final Duration QUIET = Duration.ofMillis(200);

    private static final Duration LONGEST_COMMAND = Duration.ofMinutes(10);

    /** How long the command's last words may take: a daemon that it left may hold its stdout for ever. */
    private static final Duration LAST_WORDS = Duration.ofMillis(200);

    private static final long NOBODY = Long.MIN_VALUE;

    private static final int MOST_LOSSES = 1000;
    private static final int DIGITS = 3;
    private static final int BUFFER = 4096;

    private final RestartOnPlan plan;
    private final Clients clients;
    private final Serving serving;
    private final Consumer<String> said;
    private final NativeBuffer message;
    private final NativeBuffer buffer;
    private final List<Underway> open = new ArrayList<>();
    private final Map<Phase, Map<Fate, Integer>> counts = new EnumMap<>(Phase.class);
    private final Map<Phase, Long> worst = new EnumMap<>(Phase.class);
    private final TreeMap<String, Integer> failures = new TreeMap<>();
    private final List<Ended> losses = new ArrayList<>();
    private final TreeMap<Long, Step> course = new TreeMap<>();
    private final Histogram latency = new Histogram(TimeUnit.HOURS.toMicros(1), DIGITS);
    private volatile Process process;
    private volatile IOException notStarted;
    private volatile long commandEnded;
    private Thread runner;
    private long start;
    private long commandBegan;

    /** Since when somebody wants an answer, whatever became of him, and nobody has got one; or {@code NOBODY}. */
    private long waiting = NOBODY;

    private long stall;
    private long stallBegan;
    private String endedEarly;

    private record Ended(long due, long when, Fate fate, Optional<String> errno) {}

    /** A connection that has not ended yet. */
    private static final class Underway {
        private final Client client;
        private int sent;
        private boolean begun;
        private long received;
        private long lastReceived;
        private long firstReceived;

        Underway(Client client) {
            this.client = client;
        }
    }

    /**
     * Prepares a run.
     *
     * @param said takes what the command prints on stdout, a line at a time, on another thread
     */
    public RestartOn(RestartOnPlan plan, Syscalls syscalls, Serving serving, Consumer<String> said) {
        this.plan = plan;
        this.clients = Clients.orderly(syscalls, plan.target());
        this.serving = serving;
        this.said = said;
        this.message = syscalls.allocate(Math.max(1, plan.message().length));
        message.bytes().put(0, plan.message());
        this.buffer = syscalls.allocate(BUFFER);
        for (Phase phase : Phase.values()) {
            counts.put(phase, new EnumMap<>(Fate.class));
            worst.put(phase, 0L);
        }
    }

    /**
     * Runs it.
     *
     * @throws IOException if the command cannot be started
     */
    public RestartOnCount run() throws IOException, InterruptedException {
        Serving.Servers before = serving.look();
        try {
            stream();
        } finally {
            for (Underway each : open) {
                each.client.close();
            }
        }
        runner.join(LAST_WORDS.toMillis());
        Serving.Servers after = serving.look();
        List<String> notes = new ArrayList<>(before.notes());
        after.notes().stream().filter(note -> !notes.contains(note)).forEach(notes::add);
        Map<Phase, Outcomes> phases = new EnumMap<>(Phase.class);
        counts.forEach((phase, fates) -> phases.put(phase, new Outcomes(fates, worst.get(phase))));
        TreeMap<Integer, Step> steps = new TreeMap<>();
        course.forEach((at, step) ->
                steps.merge((int) Math.floorDiv(at - commandBegan, RestartOnCount.STEP.toNanos()), step, Step::and));
        return new RestartOnCount(
                plan,
                process.isAlive() ? Optional.empty() : Optional.of(process.exitValue()),
                Duration.ofNanos(commandEnded - commandBegan),
                phases,
                latency,
                stall == 0
                        ? Optional.empty()
                        : Optional.of(new Stall(Duration.ofNanos(stall), sinceCommand(stallBegan))),
                losses.stream()
                        .map(loss -> new Loss(sinceCommand(loss.due), sinceCommand(loss.when), loss.fate, loss.errno))
                        .toList(),
                failures,
                steps,
                before.processes(),
                after.processes(),
                notes,
                Optional.ofNullable(endedEarly));
    }

    private Duration sinceCommand(long when) {
        return Duration.ofNanos(when - commandBegan);
    }

    private void stream() throws IOException {
        long interval = TimeUnit.SECONDS.toNanos(1) / plan.rate();
        start = System.nanoTime();
        long now = start;
        long due = start;
        while (true) {
            command(now);
            boolean over =
                    commandEnded != 0 && now - commandEnded >= plan.around().toNanos();
            while (due <= now && !over && endedEarly == null) {
                Optional<Client> client = clients.begin(due);
                if (client.isEmpty()) {
                    endedEarly = clients.exhausted().orElseThrow();
                    break;
                }
                open.add(new Underway(client.get()));
                if (waiting == NOBODY) {
                    waiting = due;
                }
                due += interval;
            }
            look();
            if (open.isEmpty() && over) {
                return;
            }
            clients.awaitAny(open.stream().map(each -> each.client).toList(), PACE);
            now = System.nanoTime();
        }
    }

    /** Has the command started when its time has come: on another thread, as that may take longer than an answer. */
    private void command(long now) throws IOException {
        if (runner == null) {
            if (now - start >= plan.around().toNanos() || endedEarly != null) {
                commandBegan = System.nanoTime();
                runner = new Thread(this::runCommand, "command");
                runner.setDaemon(true);
                runner.start();
            }
            return;
        }
        if (notStarted != null) {
            throw new IOException("the command cannot be run: " + notStarted.getMessage(), notStarted);
        }
        if (commandEnded == 0 && now - commandBegan > LONGEST_COMMAND.toNanos()) {
            endedEarly = "the command still ran after " + LONGEST_COMMAND.toMinutes() + " minutes, and was left to it";
            commandEnded = now;
        }
    }

    private void runCommand() {
        try {
            process = new ProcessBuilder(plan.command())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            notStarted = e;
            return;
        }
        process.onExit().thenRun(() -> commandEnded = System.nanoTime());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.accept(line);
            }
        } catch (IOException e) {
            said.accept("(broken off: " + e.getMessage() + ")");
        }
    }

    private void look() throws IOException {
        boolean answered = false;
        for (Iterator<Underway> each = open.iterator(); each.hasNext(); ) {
            Underway one = each.next();
            long before = one.received;
            Optional<Fate> fate = look(one);
            answered |= one.received > 0 && before == 0
                    || fate.filter(Fate.ANSWERED::equals).isPresent() && one.received == 0;
            if (fate.isPresent()) {
                ended(one, fate.get());
                one.client.close();
                each.remove();
            }
        }
        if (waiting == NOBODY) {
            return;
        }
        long now = System.nanoTime();
        // Without an answer too: there may never be one.
        if (now - waiting > stall) {
            stall = now - waiting;
            stallBegan = waiting;
        }
        if (answered) {
            waiting = open.stream()
                    .filter(one -> one.received == 0)
                    .mapToLong(one -> one.client.begun())
                    .min()
                    .orElse(NOBODY);
        }
    }

    /** Does what can be done for a connection now, and returns what became of it. */
    private Optional<Fate> look(Underway one) throws IOException {
        Client client = one.client;
        Client.State state = client.look(buffer);
        long now = System.nanoTime();
        if (state == Client.State.OPEN && !one.begun && client.connected()) {
            one.begun = true;
            if (plan.message().length == 0) {
                client.end();
            }
        }
        if (one.begun && one.sent < plan.message().length) {
            one.sent += client.sendSome(message, one.sent, plan.message().length - one.sent);
        }
        if (client.received() > one.received) {
            one.firstReceived = one.received == 0 ? now : one.firstReceived;
            one.received = client.received();
            one.lastReceived = now;
        }
        if (state == Client.State.LOST || client.errno() != null) {
            return Optional.of(fate(client.errno()));
        }
        if (state == Client.State.ENDED) {
            boolean silent = one.received == 0 && plan.message().length > 0;
            return Optional.of(silent ? Fate.UNANSWERED : Fate.ANSWERED);
        }
        if (one.received > 0) {
            return now - one.lastReceived > QUIET.toNanos() ? Optional.of(Fate.ANSWERED) : Optional.empty();
        }
        return now - client.begun() > plan.timeout().toNanos() ? Optional.of(Fate.TIMED_OUT) : Optional.empty();
    }

    private static Fate fate(String errno) {
        if (errno.equals(Const.ECONNREFUSED.name())) {
            return Fate.REFUSED;
        }
        // The last two are what send and shutdown say where the reset was told already.
        if (List.of(Const.ECONNRESET.name(), Const.EPIPE.name(), Const.ENOTCONN.name())
                .contains(errno)) {
            return Fate.RESET;
        }
        return errno.equals(Const.ETIMEDOUT.name()) ? Fate.TIMED_OUT : Fate.FAILED;
    }

    private void ended(Underway one, Fate fate) {
        long now = System.nanoTime();
        long due = one.client.begun();
        Phase phase = runner == null || due < commandBegan
                ? Phase.BEFORE
                : commandEnded == 0 || due < commandEnded ? Phase.DURING : Phase.AFTER;
        counts.get(phase).merge(fate, 1, Integer::sum);
        long micros = 0;
        if (fate == Fate.ANSWERED) {
            micros = TimeUnit.NANOSECONDS.toMicros((one.received > 0 ? one.firstReceived : now) - due);
            latency.recordValue(Math.min(micros, latency.getHighestTrackableValue()));
            worst.merge(phase, micros, Math::max);
        } else {
            Optional<String> errno = Optional.ofNullable(one.client.errno());
            errno.ifPresent(name -> failures.merge(name, 1, Integer::sum));
            if (losses.size() < MOST_LOSSES) {
                losses.add(new Ended(due, now, fate, errno));
            }
        }
        long at = due - Math.floorMod(due - start, RestartOnCount.STEP.toNanos());
        course.merge(at, new Step(fate == Fate.ANSWERED ? 1 : 0, fate == Fate.ANSWERED ? 0 : 1, micros), Step::and);
    }
}
