package dev.reuseport.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that libc may read and write: a direct buffer in native byte order, and its address, taken once.
 *
 * <p>Whoever passes one to a call keeps a reference to it until the call has returned; the buffer frees its memory when
 * it is collected. Made by {@link Syscalls#allocate}.
 */
public final class NativeBuffer {
    private final ByteBuffer bytes;
    private final long address;

    NativeBuffer(ByteBuffer bytes, long address) {
        this.bytes = bytes.order(ByteOrder.nativeOrder());
        this.address = address;
    }

    /** Returns the memory as a buffer. Its position and limit are the caller's to move; no call here looks at them. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Returns the address of the first byte. */
    public long address() {
        return address;
    }

    /** Returns the size in bytes. */
    public int size() {
        return bytes.capacity();
    }

    /** Copies the first {@code length} bytes out. */
    public byte[] copy(int length) {
        byte[] copy = new byte[length];
        bytes.get(0, copy);
        return copy;
    }
}
