package dev.reuseport.option;

/** What may be done to an option without doing harm. */
public enum Access {
    /** {@code getsockopt} and {@code setsockopt}. */
    READ_WRITE,
    /** {@code getsockopt} only. */
    READ_ONLY,
    /** {@code getsockopt} only, and the read itself changes the socket: not for somebody else's. */
    READ_CLEARS,
    /** {@code setsockopt} only. */
    WRITE_ONLY;

    /** Tells whether {@code getsockopt} answers. */
    public boolean readable() {
        return this != WRITE_ONLY;
    }

    /** Tells whether {@code setsockopt} takes a value. */
    public boolean writable() {
        return this == READ_WRITE || this == WRITE_ONLY;
    }
}
