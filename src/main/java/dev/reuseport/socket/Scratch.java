package dev.reuseport.socket;

import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;

/**
 * Memory for the arguments of one call at a time. Sockets that one thread uses may share it: whoever looks at thousands of
 * sockets does not allocate for each.
 */
public final class Scratch {
    /** Enough for every option here and every socket address, in bytes. */
    private static final int SIZE = 512;

    private final NativeBuffer value;
    private final NativeBuffer length;

    /** Allocates it. */
    public Scratch(Syscalls syscalls) {
        this.value = syscalls.allocate(SIZE);
        this.length = syscalls.allocate(Integer.BYTES);
    }

    /** Holds an {@code optval} or a {@code sockaddr}. */
    NativeBuffer value() {
        return value;
    }

    /** Holds a {@code socklen_t}. */
    NativeBuffer length() {
        return length;
    }
}
