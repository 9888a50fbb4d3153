package dev.reuseport.receiver;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.UdpSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * The article's program for datagrams: the same lines, but that there is no connection to accept; the reply, which is the
 * line just logged, goes to whoever sent.
 */
public final class DatagramReceiver {
    /** How long it may take until it notices that it is to stop. */
    private static final Duration PACE = Duration.ofMillis(100);

    private final UdpSocket socket;
    private final OutputStream log;
    private final Line line;
    private volatile boolean stopped;

    /**
     * Makes a receiver that has not done anything yet.
     *
     * @param socket not bound yet; {@link #run} closes it
     * @param pid the number in every line
     * @param log where the lines go, one write each
     */
    public DatagramReceiver(UdpSocket socket, long pid, OutputStream log) {
        this.socket = socket;
        this.log = log;
        this.line = new Line(pid);
    }

    /**
     * Sets the options and binds, with the article's first four lines.
     *
     * @throws IOException if a call failed: {@link Receiver#lastWords} are its last line
     */
    public void open(Sockaddr address, boolean reusePort) throws IOException {
        try {
            log(line.start("pid=").add(Long.toString(line.pid())));
            socket.set(SockOpts.SO_REUSEADDR, true);
            if (reusePort) {
                socket.set(SockOpts.SO_REUSEPORT, true);
            }
            log(line.start("so_reuseaddr=").add(Integer.toString(Receiver.readout(socket, SockOpts.SO_REUSEADDR))));
            log(line.start("so_reuseport=").add(Integer.toString(Receiver.readout(socket, SockOpts.SO_REUSEPORT))));
            socket.bind(address);
            log(line.start("Listening sockname=").addName(socket.localAddress()));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Answers one datagram after the other until {@link #stop}; then what is queued, and closes. */
    public void run() throws IOException {
        try (socket) {
            boolean last;
            do {
                last = stopped;
                if (last || socket.await(PACE)) {
                    answerQueued();
                }
            } while (!last);
        }
    }

    private void answerQueued() {
        boolean more = true;
        while (more) {
            try {
                Optional<UdpSocket.Received> received = socket.receive();
                more = received.isPresent();
                if (more) {
                    answer(received.get());
                }
            } catch (IOException e) {
                // What a client that is gone has left behind, or a reply that cannot be sent: the next one is served.
                log(line.start("lost: ").add(String.valueOf(e.getMessage())));
            }
        }
    }

    private void answer(UdpSocket.Received received) throws IOException {
        log(line.start("from sockname=").addName(received.from()));
        log(line.start("recv message=").addRepr(ByteBuffer.wrap(received.payload())));
        ByteBuffer written = line.written();
        byte[] reply = Arrays.copyOf(written.array(), Math.min(written.limit(), UdpSocket.LARGEST_SENT));
        if (!socket.send(received.from(), reply)) {
            log(line.start("lost: no room for the reply"));
        }
    }

    /** A log that cannot be written ends nothing. */
    private void log(Line written) {
        try {
            written.writeTo(log);
        } catch (IOException e) {
            // There is nowhere left to say it.
        }
    }

    /** Makes {@link #run} answer what is already queued and return. From another thread, at any time; returns at once. */
    public void stop() {
        stopped = true;
    }
}
