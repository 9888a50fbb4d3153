package dev.reuseport.experiment.group;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.TcpListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A group whose members are the article's receivers, a process each. Who answered is counted by the replies, which begin
 * with {@code Receiver-PID: }. A busy one listens, and accepts nothing until it is released.
 */
public final class ProcessGroup implements Group {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration GOODBYE = Duration.ofSeconds(1);
    private static final Pattern LISTENING = Pattern.compile(".*Listening sockname=\\('[^']*', (\\d+).*");
    private static final Pattern REPLY = Pattern.compile("Receiver-(\\d+): ");

    private final List<Child> members = new ArrayList<>();
    private final Map<Long, Integer> answers = new HashMap<>();
    private final int busy;
    private Sockaddr address;
    private int strangers;

    private ProcessGroup(Sockaddr address, int busy) {
        this.address = address;
        this.busy = busy;
    }

    /** Starts the receivers; all of them listen when this returns. */
    public static ProcessGroup start(Listeners opener, GroupPlan plan, OwnProgram program)
            throws IOException, InterruptedException {
        ProcessGroup group = new ProcessGroup(plan.address(), plan.busy());
        try {
            // One after the other: the kernel counts members in the order in which they began to listen.
            while (group.size() < plan.listeners()) {
                group.start(opener.mode(), plan, program);
            }
            if (plan.steer().isPresent()) {
                // A member that comes last and goes at once takes the program to the group, and changes no index.
                try (TcpListener last = opener.open(group.address, plan.backlog())) {
                    opener.steer(last, plan.steer().get().forMembers().apply(group.size()));
                }
            }
            return group;
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    private void start(Mode mode, GroupPlan plan, OwnProgram program) throws IOException, InterruptedException {
        OwnProgram.Line serve = OwnProgram.serve()
                .mode(mode)
                .listenAddr(address.host())
                .listenPort(address.port())
                .backlog(plan.backlog());
        Child child = new Child(program.starting(members.size() < busy ? serve.busy() : serve), line -> {});
        members.add(child);
        if (!child.awaitLine(line -> LISTENING.matcher(line).matches(), PATIENCE)) {
            List<String> lines = child.lines();
            String message = "a receiver does not listen" + (lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1));
            throw members.size() > 1 && child.awaitExit(GOODBYE) >= 0
                    ? new NotListeningException(message)
                    : new IOException(message);
        }
        for (String line : child.lines()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()) {
                address = address.withPort(Integer.parseInt(listening.group(1)));
            }
        }
    }

    @Override
    public Sockaddr address() {
        return address;
    }

    @Override
    public int size() {
        return members.size();
    }

    @Override
    public void sweep() {
        // they accept by themselves
    }

    @Override
    public void answered(String reply) {
        Matcher by = REPLY.matcher(reply);
        if (by.lookingAt()) {
            answers.merge(Long.parseLong(by.group(1)), 1, Integer::sum);
        } else {
            strangers++;
        }
    }

    @Override
    public void release() {
        members.subList(0, busy).forEach(Child::release);
    }

    @Override
    public List<Member> members() {
        List<Member> found = new ArrayList<>();
        for (Child member : members) {
            OptionalInt status = member.exitStatus();
            Optional<String> died =
                    status.isPresent() ? Optional.of("exit status " + status.getAsInt()) : Optional.empty();
            int index = found.size();
            found.add(new Member(
                    index, OptionalLong.of(member.pid()), answers.getOrDefault(member.pid(), 0), index < busy, died));
        }
        return found;
    }

    @Override
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (Member member : members()) {
            member.died()
                    .ifPresent(how -> notes.add(
                            "member " + member.index() + " (pid " + member.pid().getAsLong() + ") died: " + how));
        }
        if (strangers > 0) {
            notes.add(strangers + " connections were closed without a reply");
        }
        return notes;
    }

    @Override
    public void close() {
        members.forEach(Child::close);
    }
}
