package dev.reuseport.option;

import java.util.Arrays;
import java.util.HexFormat;

/** The bytes of an option, as the kernel returned them or shall get them, in memory order; printed as lower-case hex. */
public final class Raw {
    /** The most that are handed to a kernel at a time. */
    static final int MOST_BYTES = 512;

    private final byte[] bytes;

    private Raw(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Keeps a copy of {@code bytes}. */
    public static Raw of(byte... bytes) {
        return new Raw(bytes.clone());
    }

    /** Returns a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns how many bytes there are. */
    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Raw raw && Arrays.equals(bytes, raw.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
