package dev.reuseport.abi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct sockaddr_un}: a family, behind a length byte on macOS and the BSDs, and at 2 a path ({@code unix(7)}).
 *
 * @param name a path; or, on Linux, {@code @} and an abstract name, which has no file and no NUL at its end
 */
public record UnixAddress(String name) {
    private static final int PATH_AT = 2;

    /**
     * Writes the structure at index 0 of {@code into} and returns its length in bytes.
     *
     * @throws IOException if the name does not fit
     */
    public int encode(Abi abi, ByteBuffer into) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean abstractName = name.startsWith("@");
        if (abstractName) {
            path[0] = 0;
        }
        int length = PATH_AT + path.length + (abstractName ? 0 : 1);
        if (length > PATH_AT + abi.sunPathSize()) {
            throw new IOException("a name of " + path.length + " bytes is longer than a socket's path, which is of "
                    + (abi.sunPathSize() - 1) + " bytes");
        }
        if (abi.sockaddrHasLength()) {
            into.put(0, (byte) length).put(1, (byte) abi.number(Const.AF_UNIX));
        } else {
            into.order(abi.order()).putShort(0, (short) abi.number(Const.AF_UNIX));
        }
        into.put(PATH_AT, path);
        if (!abstractName) {
            into.put(PATH_AT + path.length, (byte) 0);
        }
        return length;
    }
}
