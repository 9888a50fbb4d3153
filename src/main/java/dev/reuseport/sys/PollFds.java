package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.nio.ByteBuffer;

/** An array of {@code struct pollfd} that is used again: int fd, short events, short revents, 8 bytes everywhere. */
public final class PollFds {
    private static final int SIZE = 8;
    private static final int EVENTS_AT = 4;
    private static final int REVENTS_AT = 6;

    private final Syscalls syscalls;
    private final Abi abi;
    private final NativeBuffer fds;
    private int count;

    /** Makes room for {@code capacity} descriptors. */
    public PollFds(Syscalls syscalls, int capacity) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.fds = syscalls.allocate(SIZE * capacity);
    }

    /** Returns how many descriptors there is room for. */
    public int capacity() {
        return fds.size() / SIZE;
    }

    /** Returns how many there are. */
    public int count() {
        return count;
    }

    /** Forgets all descriptors. */
    public PollFds clear() {
        count = 0;
        return this;
    }

    /**
     * Adds a descriptor.
     *
     * @param event POLLIN or POLLOUT
     */
    public PollFds add(int fd, Const event) {
        ByteBuffer bytes = fds.bytes();
        int at = SIZE * count++;
        bytes.putInt(at, fd).putShort(at + EVENTS_AT, (short) abi.number(event)).putShort(at + REVENTS_AT, (short) 0);
        return this;
    }

    /**
     * {@code poll(2)}: returns how many are ready; 0 if the time passed, or if a signal came.
     *
     * @param timeoutMillis milliseconds; -1 is for ever
     */
    public int poll(int timeoutMillis) throws ErrnoException {
        int ready = syscalls.poll(fds, count, timeoutMillis);
        if (ready == -abi.number(Const.EINTR)) {
            return 0;
        }
        return ErrnoException.check(syscalls, "poll", ready);
    }

    /** Tells whether the descriptor added as the {@code index}th is ready, or in error, or hung up. */
    public boolean ready(int index) {
        return fds.bytes().getShort(SIZE * index + REVENTS_AT) != 0;
    }
}
