package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Descriptors that nobody uses until there are no others left: clients take all that there are, and the members need some
 * to accept what the clients have begun.
 */
public final class SpareDescriptors implements Closeable {
    /** Enough for what members need besides a connection each: a pipe, and a look into /proc. */
    public static final int SOME = 8;

    private final List<NativeSocket> sockets = new ArrayList<>();

    /** Takes {@code count} of them. */
    public SpareDescriptors(Syscalls syscalls, int count) throws IOException {
        try {
            while (sockets.size() < count) {
                sockets.add(NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM));
            }
        } catch (ErrnoException e) {
            release();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        release();
    }

    /** Gives them back: there are none left. */
    public void release() throws IOException {
        for (NativeSocket socket : sockets) {
            socket.close();
        }
    }
}
