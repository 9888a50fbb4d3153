package dev.reuseport.receiver;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.Probe;
import dev.reuseport.socket.TcpConnection;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Sockaddr;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The article's program: one connection at a time, one {@code recv} of 4096 bytes, and a reply that is the line just
 * logged.
 *
 * <p>Where the article's program would end with a traceback because one client reset its connection, or wait for ever for
 * one that says nothing, this one says so in a line of its own and goes on with the next.
 */
public final class Receiver {
    /** How long the connection being served may still take once the receiver is told to stop. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration PAUSE_WITHOUT_DESCRIPTORS = Duration.ofMillis(100);

    private final OutputStream log;
    private final Line line;
    private final Duration timeout;
    private final TcpListener listener;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Receiver(OutputStream log, Line line, Duration timeout, TcpListener listener) {
        this.log = log;
        this.line = line;
        this.timeout = timeout;
        this.listener = listener;
    }

    /**
     * How to run.
     *
     * @param mode by which way the listener is opened
     * @param address where it listens
     * @param reusePort whether it sets SO_REUSEPORT
     * @param backlog as {@code listen(2)} takes it
     * @param timeout how long a client may take to send, and to read the reply
     */
    public record Settings(Mode mode, Sockaddr address, boolean reusePort, int backlog, Duration timeout) {}

    /**
     * Opens, binds and listens, with the article's calls in the article's order and its first four lines.
     *
     * @param pid the number in every line
     * @param log where the lines go, one write each
     * @throws IOException if a call failed: the article's program ends there, and {@link #lastWords} are its last line
     */
    public static Receiver open(Settings settings, long pid, OutputStream log) throws IOException {
        Line line = new Line(pid);
        line.start("pid=").add(Long.toString(pid)).writeTo(log);
        TcpListener listener = settings.mode().open(settings.address().family());
        try {
            listener.set(SockOpts.SO_REUSEADDR, true);
            if (settings.reusePort()) {
                listener.set(SockOpts.SO_REUSEPORT, true);
            }
            int reuseAddr = readout(listener, SockOpts.SO_REUSEADDR);
            line.start("so_reuseaddr=").add(Integer.toString(reuseAddr)).writeTo(log);
            int reusePort = readout(listener, SockOpts.SO_REUSEPORT);
            line.start("so_reuseport=").add(Integer.toString(reusePort)).writeTo(log);
            listener.listen(settings.address(), settings.backlog());
            line.start("Listening sockname=").addName(listener.localAddress()).writeTo(log);
            return new Receiver(log, line, settings.timeout(), listener);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /** The number that {@code getsockopt} gave, which is not 1 everywhere; the JDK gives only true or false. */
    private static int readout(TcpListener listener, SockOpt<Boolean> option) throws IOException {
        Probe<Boolean> probe = listener.get(option);
        if (probe instanceof Probe.Value<Boolean> found) {
            return found.raw()
                    .map(raw -> ByteBuffer.wrap(raw.bytes())
                            .order(ByteOrder.nativeOrder())
                            .getInt())
                    .orElse(found.value() ? 1 : 0);
        }
        throw new IOException("getsockopt " + option + ": " + probe);
    }

    /** Returns what the article's program says when a call fails, or the JDK's own words. */
    public static String lastWords(IOException failure) {
        if (failure instanceof ErrnoException call) {
            Errno errno = call.errno();
            boolean permission = errno.is(Const.EACCES) || errno.is(Const.EPERM);
            return (permission ? "PermissionError" : "OSError") + ": [Errno " + errno.number() + "] " + errno.message();
        }
        return failure.toString();
    }

    /** Returns what the receiver listens on. */
    public Sockaddr localAddress() throws IOException {
        return listener.localAddress();
    }

    /** Serves one connection after the other until {@link #stop}; then what is queued, and closes. */
    public void run() throws IOException {
        try (listener) {
            while (true) {
                Optional<TcpConnection> accepted;
                try {
                    accepted = listener.accept();
                } catch (IOException e) {
                    // accept(2) reports what happened to the connection, and a lack of descriptors that may pass.
                    line.start("accept: ").add(e.getMessage()).writeTo(log);
                    if (pauseOrStopped()) {
                        return;
                    }
                    continue;
                }
                if (accepted.isEmpty()) {
                    return;
                }
                serve(accepted.get());
            }
        }
    }

    private void serve(TcpConnection connection) throws IOException {
        try (connection) {
            line.start("accepted sockname=").addName(connection.localAddress()).writeTo(log);
            ByteBuffer message = connection.receive(timeout);
            line.start("recv message=").addRepr(message).writeTo(log);
            connection.send(line.written(), timeout);
        } catch (IOException e) {
            line.start(e instanceof SocketTimeoutException ? "gave up: " : "lost: ")
                    .add(String.valueOf(e.getMessage()))
                    .writeTo(log);
        }
    }

    private boolean pauseOrStopped() {
        try {
            return stopped.await(PAUSE_WITHOUT_DESCRIPTORS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /**
     * Makes {@link #run} answer what is already queued and return. From another thread; returns at once.
     */
    public void stop() {
        stopped.countDown();
        listener.stop(GRACE);
    }
}
