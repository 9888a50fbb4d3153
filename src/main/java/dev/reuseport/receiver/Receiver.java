package dev.reuseport.receiver;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.OptionSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.socket.TcpConnection;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
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

    private final Settings settings;
    private final OutputStream log;
    private final Line line;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private TcpListener listener;

    /**
     * Makes a receiver that has not done anything yet, so that whoever is to stop it knows it before it listens.
     *
     * @param pid the number in every line
     * @param log where the lines go, one write each
     */
    public Receiver(Settings settings, long pid, OutputStream log) {
        this.settings = settings;
        this.log = log;
        this.line = new Line(pid);
    }

    /**
     * How to run.
     *
     * @param opener opens the listener: a {@code Mode}, or another way
     * @param address where it listens
     * @param reusePort whether it sets SO_REUSEPORT
     * @param backlog as {@code listen(2)} takes it
     * @param timeout how long a client may take to send, and to read the reply
     */
    public record Settings(
            TcpListener.Opener opener, Sockaddr address, boolean reusePort, int backlog, Duration timeout) {}

    /**
     * Opens, binds and listens, with the article's calls in the article's order and its first four lines.
     *
     * @throws IOException if a call failed: the article's program ends there, and {@link #lastWords} are its last line
     */
    public void open() throws IOException {
        TcpListener opened = settings.opener().open(settings.address().family());
        try {
            log(line.start("pid=").add(Long.toString(line.pid())));
            opened.set(SockOpts.SO_REUSEADDR, true);
            if (settings.reusePort()) {
                opened.set(SockOpts.SO_REUSEPORT, true);
            }
            logReadouts(opened);
            opened.listen(settings.address(), settings.backlog());
            keep(opened);
            log(line.start("Listening sockname=").addName(opened.localAddress()));
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Takes over a listener that listens already, instead of {@link #open}. The lines are the same: what they say of the
     * options is what somebody else has set.
     */
    public void adopt(TcpListener listening) throws IOException {
        log(line.start("pid=").add(Long.toString(line.pid())));
        logReadouts(listening);
        keep(listening);
        log(line.start("Listening sockname=").addName(listening.localAddress()));
    }

    private void logReadouts(TcpListener listener) throws IOException {
        int reuseAddr = readout(listener, SockOpts.SO_REUSEADDR);
        log(line.start("so_reuseaddr=").add(Integer.toString(reuseAddr)));
        int reusePort = readout(listener, SockOpts.SO_REUSEPORT);
        log(line.start("so_reuseport=").add(Integer.toString(reusePort)));
    }

    private synchronized void keep(TcpListener opened) {
        listener = opened;
        if (stopped.getCount() == 0) {
            listener.stop(GRACE);
        }
    }

    /** The number that {@code getsockopt} gave, which is not 1 everywhere; the JDK gives only true or false. */
    static int readout(OptionSocket listener, SockOpt<Boolean> option) throws IOException {
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
        try (TcpListener open = listener) {
            while (true) {
                Optional<TcpConnection> accepted;
                try {
                    accepted = open.accept();
                } catch (IOException e) {
                    // accept(2) reports what happened to the connection, and a lack of descriptors that may pass.
                    log(line.start("accept: ").add(e.getMessage()));
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

    private void serve(TcpConnection connection) {
        try (connection) {
            log(line.start("accepted sockname=").addName(connection.localAddress()));
            ByteBuffer message = connection.receive(settings.timeout());
            log(line.start("recv message=").addRepr(message));
            connection.send(line.written(), settings.timeout());
        } catch (IOException e) {
            log(line.start(e instanceof SocketTimeoutException ? "gave up: " : "lost: ")
                    .add(String.valueOf(e.getMessage())));
        }
    }

    /** A log that cannot be written ends nothing: clients are served all the same, as Python's logging has it. */
    private void log(Line written) {
        try {
            written.writeTo(log);
        } catch (IOException e) {
            // There is nowhere left to say it.
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
     * Makes {@link #run} answer what is already queued and return. From another thread, at any time; returns at once.
     */
    public synchronized void stop() {
        stopped.countDown();
        if (listener != null) {
            listener.stop(GRACE);
        }
    }
}
