package dev.reuseport.experiment.group;

import dev.reuseport.abi.ClassicBpf;
import dev.reuseport.socket.HalfOpen;
import dev.reuseport.socket.TcpConnection;
import dev.reuseport.socket.TcpListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How a member leaves its group, and the one byte with which members answer each connection. */
public final class Leaving {
    /** What every client is to get. */
    public static final String ANSWER = ".";

    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final long PACE = TimeUnit.MILLISECONDS.toNanos(2);

    private final Listeners opener;
    private final Strategy strategy;

    /** Lets members leave by a strategy. */
    public Leaving(Listeners opener, Strategy strategy) {
        this.opener = opener;
        this.strategy = strategy;
    }

    /** Answers what is queued, and returns how many that were. */
    public static int answerQueued(TcpListener listener) throws IOException {
        int answered = 0;
        for (Optional<TcpConnection> connection = listener.accept(Duration.ZERO);
                connection.isPresent();
                connection = listener.accept(Duration.ZERO)) {
            answer(connection.get());
            answered++;
        }
        return answered;
    }

    /** Answers one connection and closes it. */
    public static void answer(TcpConnection connection) throws IOException {
        try (connection) {
            connection.send(ByteBuffer.wrap(new byte[] {(byte) ANSWER.charAt(0)}), GRACE);
        } catch (IOException e) {
            // The client went away before it was served: it counts there, if it counts.
        }
    }

    /**
     * Takes a member out of its group and closes it. Called by the thread that accepts on it.
     *
     * @param index its index, as the kernel counts
     * @param others the members that stay, one at least
     */
    public void leave(TcpListener leaver, int index, List<TcpListener> others) throws IOException {
        try (leaver) {
            switch (strategy) {
                case CLOSE -> {
                    // what is queued is lost, unless the kernel hands it on
                }
                case DRAIN -> answerQueued(leaver);
                case STEER_DRAIN -> {
                    opener.steer(leaver, ClassicBpf.toRandomBut(index, others.size() + 1));
                    drainHandshakes(leaver);
                }
                case FILTER_DRAIN -> {
                    leaver.stop(GRACE);
                    for (Optional<TcpConnection> connection = leaver.accept();
                            connection.isPresent();
                            connection = leaver.accept()) {
                        answer(connection.get());
                    }
                }
            }
        }
        if (strategy == Strategy.STEER_DRAIN) {
            opener.steerNoMore(others.get(0));
        }
    }

    /** Answers what is queued, and what was on its way into the queue when the others were steered to. */
    private void drainHandshakes(TcpListener leaver) throws IOException {
        HalfOpen handshakes = HalfOpen.of(
                opener.proc().sockets(opener.syscalls().abi()),
                leaver.localAddress().port());
        long until = System.nanoTime() + GRACE.toNanos();
        boolean underway = true;
        while (underway) {
            // Asked before the queue is emptied: a handshake that ends in between is in the queue by then.
            underway = !handshakes.over() && System.nanoTime() < until;
            answerQueued(leaver);
            if (underway) {
                LockSupport.parkNanos(PACE);
            }
        }
    }
}
