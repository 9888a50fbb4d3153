package dev.reuseport.bind.run;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.bind.step.StepSyntaxException;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Devices;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sockets of another user: in a process of this program's own that has changed its effective user, and takes one line
 * for each call. Its other end is {@link Serving}.
 */
public final class OtherUserCaseSockets implements CaseSockets {
    private static final int GRACE_SECONDS = 5;

    /** Far more than starting it and the longest connect take on a busy machine. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(60);

    private static final String NONE = "-";
    private static final String NOT_POSSIBLE = "! ";
    private static final String FAILED = "? ";

    private final Process process;
    private final Writer to;
    private final BufferedReader from;
    private final Duration longestAnswer;

    /** Starts the process: {@code command} with the user's number behind it. */
    public OtherUserCaseSockets(List<String> command, int uid) throws IOException {
        this(command, uid, LONGEST_ANSWER);
    }

    /** As above, with another patience. */
    OtherUserCaseSockets(List<String> command, int uid, Duration longestAnswer) throws IOException {
        this.longestAnswer = longestAnswer;
        List<String> whole = new ArrayList<>(command);
        whole.add(Integer.toString(uid));
        process = new ProcessBuilder(whole)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        to = process.outputWriter(StandardCharsets.UTF_8);
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private String ask(String line) throws IOException {
        try {
            to.write(line + "\n");
            to.flush();
        } catch (IOException e) {
            // It is gone: it reads no more, and the end of what it writes says so below.
        }
        String answer = answer(line);
        if (answer.startsWith(NOT_POSSIBLE)) {
            throw new NotPossibleException(answer.substring(NOT_POSSIBLE.length()));
        }
        if (answer.startsWith(FAILED)) {
            throw new IOException(answer.substring(FAILED.length()));
        }
        return answer;
    }

    /** A read of a pipe has no time limit: ending the process at the other end is one. */
    private String answer(String line) throws IOException {
        AtomicBoolean tooLate = new AtomicBoolean();
        CompletableFuture<Void> limit = CompletableFuture.runAsync(
                () -> {
                    tooLate.set(true);
                    process.destroyForcibly();
                },
                CompletableFuture.delayedExecutor(longestAnswer.toNanos(), TimeUnit.NANOSECONDS));
        String answer = from.readLine();
        limit.cancel(false);
        if (answer == null) {
            throw new IOException("the process of the other user "
                    + (tooLate.get() ? "did not answer in time: '" : "ended before it answered '") + line + "'");
        }
        return answer;
    }

    @Override
    public StepOutcome open(int number, Step.Open step, Sockaddr address) throws IOException {
        Step.Open asked = step.with(step.settings(), new Step.Port.Number(address.port()), OptionalInt.empty());
        return opened(ask("open " + number + " " + asked), step.settings());
    }

    @Override
    public StepOutcome unix(int number, Step.Unix step) throws IOException {
        return opened(ask("open " + number + " " + step.ofNobody()), step.settings());
    }

    private static StepOutcome opened(String answer, List<? extends Setting<?>> settings) {
        String[] words = answer.split(" ");
        Outcome bind = new Outcome(words[0]);
        Optional<Outcome> listen = words[1].equals(NONE) ? Optional.empty() : Optional.of(new Outcome(words[1]));
        return named(settings, words[3])
                .map(option -> StepOutcome.refused(bind, option))
                .orElseGet(() -> StepOutcome.bound(Optional.of(bind), listen, Integer.parseInt(words[2])));
    }

    /** Finds an option that was to be set; not each is in the table. */
    private static Optional<SockOpt<?>> named(List<? extends Setting<?>> settings, String name) {
        for (Setting<?> setting : settings) {
            if (setting.option().name().equals(name)) {
                return Optional.of(setting.option());
            }
        }
        return Optional.empty();
    }

    @Override
    public StepOutcome unbound(int number, Step.Socket socket) throws IOException {
        Step.Socket asked = new Step.Socket(socket.protocol(), socket.family(), socket.settings(), OptionalInt.empty());
        String[] words =
                ask("open " + number + " " + new Step.Unbound(asked, true)).split(" ");
        Outcome result = new Outcome(words[0]);
        return named(socket.settings(), words[1])
                .map(option -> StepOutcome.refusedUnbound(result, option))
                .orElseGet(() -> StepOutcome.ended(result));
    }

    @Override
    public Outcome bind(int number, Sockaddr address) throws IOException {
        return new Outcome(ask("bind " + number + " " + Step.Endpoint.of(address)));
    }

    @Override
    public Outcome listen(int number) throws IOException {
        return new Outcome(ask("listen " + number));
    }

    @Override
    public Sockaddr local(int number) throws IOException {
        return address(ask("local " + number));
    }

    @Override
    public Sockaddr peer(int number) throws IOException {
        return address(ask("peer " + number));
    }

    private static Sockaddr address(String said) throws IOException {
        try {
            Step.Endpoint endpoint = StepReader.endpoint(said);
            return endpoint.at(((Step.Port.Number) endpoint.port()).number(), name -> OptionalInt.empty())
                    .orElseThrow();
        } catch (StepSyntaxException e) {
            throw new IOException("'" + said + "': " + e.getMessage(), e);
        }
    }

    @Override
    public Outcome connect(int number, Sockaddr to) throws IOException {
        return new Outcome(ask("connect " + number + " " + Step.Endpoint.of(to)));
    }

    @Override
    public Outcome send(int number, Sockaddr to, long datagram) throws IOException {
        return new Outcome(ask("send " + number + " " + datagram + " " + Step.Endpoint.of(to)));
    }

    @Override
    public List<Integer> received(long datagram) throws IOException {
        String numbers = ask("received 0 " + datagram);
        return numbers.equals(NONE)
                ? List.of()
                : Stream.of(numbers.split(" ")).map(Integer::valueOf).toList();
    }

    @Override
    public void follow(int number) throws IOException {
        ask("follow " + number);
    }

    @Override
    public Outcome close(int number) throws IOException {
        return new Outcome(ask("close " + number));
    }

    @Override
    public Outcome shutdown(int number) throws IOException {
        return new Outcome(ask("shutdown " + number));
    }

    @Override
    public Outcome set(int number, Setting<?> setting) throws IOException {
        return new Outcome(ask("set " + number + " " + setting));
    }

    @Override
    public StepOutcome read(int number, SockOpt<?> option) throws IOException {
        String[] words = ask("read " + number + " " + option).split(" ", 2);
        return words.length == 1 ? StepOutcome.ended(new Outcome(words[0])) : StepOutcome.read(Optional.of(words[1]));
    }

    @Override
    public Outcome dup(int number, int of) throws IOException {
        return new Outcome(ask("dup " + number + " " + of));
    }

    @Override
    public int fork(int number, int of) throws IOException {
        return Integer.parseInt(ask("fork " + number + " " + of));
    }

    @Override
    public int accept(int connection, int likely) throws IOException {
        return Integer.parseInt(ask("accept " + connection + " " + likely));
    }

    @Override
    public void closeConnection(int connection, boolean first) throws IOException {
        ask("close-connection " + connection + " " + first);
    }

    @Override
    public void reset() throws IOException {
        ask("reset");
    }

    /** Tries a bind as the other user, and undoes it there at once. */
    public Attempt.Tried attempt(Step.Open step, boolean anyway) throws IOException {
        String[] words = ask("attempt " + (anyway ? 1 : 0) + " " + step).split(" ", 3);
        return new Attempt.Tried(new Outcome(words[0]), words[2], words[1].equals(NONE) ? "" : words[1]);
    }

    /** Ends the process: the end of its input is its end. */
    @Override
    public void close() throws IOException {
        try {
            to.close();
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The end of the line that is in the other user's process. */
    static final class Serving {
        private final Syscalls syscalls;
        private final CaseSockets sockets;
        private final Optional<String> refusal;

        /**
         * Makes one.
         *
         * @param refusal why this process could not become the user, for whom it then opens nothing
         */
        Serving(Syscalls syscalls, CaseSockets sockets, Optional<String> refusal) {
            this.syscalls = syscalls;
            this.sockets = sockets;
            this.refusal = refusal;
        }

        /** Answers lines until there are no more. */
        void serve(BufferedReader in, Writer out) throws IOException {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String answer;
                try {
                    answer = answer(line.split(" ", 3));
                } catch (NotPossibleException e) {
                    answer = NOT_POSSIBLE + e.getMessage();
                } catch (StepSyntaxException e) {
                    throw new IOException("'" + line + "': " + e.getMessage(), e);
                } catch (ErrnoException e) {
                    answer = FAILED + e.getMessage();
                }
                out.write(answer + "\n");
                out.flush();
            }
        }

        private static Step step(String line) throws StepSyntaxException {
            return StepReader.read(line).get(0).steps().get(0);
        }

        private Sockaddr address(Step.Endpoint to) throws IOException {
            int port = ((Step.Port.Number) to.port()).number();
            return to.at(port, name -> Devices.index(syscalls, name))
                    .orElseThrow(() -> new NotPossibleException("there is no interface " + to.scope()));
        }

        private String opened(int number, Step step) throws IOException {
            if (!(step instanceof Step.Unbound unbound)) {
                StepOutcome opened = step instanceof Step.Unix unix
                        ? sockets.unix(number, unix)
                        : sockets.open(number, (Step.Open) step, address(((Step.Open) step).to()));
                return opened.bind().orElseThrow() + " "
                        + opened.listen().map(Outcome::name).orElse(NONE) + " "
                        + opened.port().orElse(0) + " "
                        + opened.refused().map(SockOpt::name).orElse(NONE);
            }
            StepOutcome opened = sockets.unbound(number, unbound.socket());
            return opened.result().orElseThrow() + " "
                    + opened.refused().map(SockOpt::name).orElse(NONE);
        }

        private String answer(String[] words) throws IOException, StepSyntaxException {
            int number = words.length > 1 ? Integer.parseInt(words[1]) : 0;
            if (refusal.isPresent() && (words[0].equals("open") || words[0].equals("attempt"))) {
                throw new NotPossibleException(refusal.get());
            }
            switch (words[0]) {
                case "open" -> {
                    return opened(number, step(words[2]));
                }
                case "attempt" -> {
                    Step.Open step = (Step.Open) step(words[2]);
                    Attempt.Tried result =
                            Attempt.run(syscalls, step.protocol(), address(step.to()), step.settings(), number == 1);
                    // The call comes last: it may be two words.
                    return result.outcome() + " " + (result.untried().isEmpty() ? NONE : result.untried()) + " "
                            + result.call();
                }
                case "bind" -> {
                    return sockets.bind(number, address(StepReader.endpoint(words[2])))
                            .name();
                }
                case "listen" -> {
                    return sockets.listen(number).name();
                }
                case "local" -> {
                    return Step.Endpoint.of(sockets.local(number)).toString();
                }
                case "peer" -> {
                    return Step.Endpoint.of(sockets.peer(number)).toString();
                }
                case "connect" -> {
                    return sockets.connect(number, address(StepReader.endpoint(words[2])))
                            .name();
                }
                case "send" -> {
                    String[] what = words[2].split(" ");
                    return sockets.send(number, address(StepReader.endpoint(what[1])), Long.parseLong(what[0]))
                            .name();
                }
                case "received" -> {
                    List<Integer> by = sockets.received(Long.parseLong(words[2]));
                    return by.isEmpty()
                            ? NONE
                            : by.stream().map(String::valueOf).collect(Collectors.joining(" "));
                }
                case "follow" -> {
                    sockets.follow(number);
                    return Outcome.OK.name();
                }
                case "close" -> {
                    return sockets.close(number).name();
                }
                case "shutdown" -> {
                    return sockets.shutdown(number).name();
                }
                case "set" -> {
                    return sockets.set(number, Setting.parse(words[2])).name();
                }
                case "read" -> {
                    StepOutcome read =
                            sockets.read(number, SockOpts.named(words[2]).orElseThrow());
                    return read.result().orElseThrow()
                            + read.value().map(value -> " " + value).orElse("");
                }
                case "dup" -> {
                    return sockets.dup(number, Integer.parseInt(words[2])).name();
                }
                case "fork" -> {
                    return Integer.toString(sockets.fork(number, Integer.parseInt(words[2])));
                }
                case "accept" -> {
                    return Integer.toString(sockets.accept(number, Integer.parseInt(words[2])));
                }
                case "close-connection" -> {
                    sockets.closeConnection(number, Boolean.parseBoolean(words[2]));
                    return Outcome.OK.name();
                }
                default -> {
                    sockets.reset();
                    return Outcome.OK.name();
                }
            }
        }
    }
}
