package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A socket of AF_UNIX as Linux tells of it to everybody: {@code struct unix_diag_msg} and the file that bind made for it
 * (sock_diag(7), linux/unix_diag.h).
 *
 * @param inode which socket it is
 * @param file the file that leads to it; empty if it has none, or an abstract name
 */
public record UnixDiag(long inode, Optional<FileId> file) {
    /**
     * A file as the kernel counts: its inode's low 32 bits, and its file system's device by {@code <linux/kdev_t.h>}.
     *
     * <p>Some file systems, as overlayfs and btrfs, show {@code stat(2)} other numbers: then two are different here that are
     * one file.
     */
    public record FileId(int inode, int device) {
        private static final int MINOR_BITS = 20;

        /** Takes the two numbers of {@code stat(2)}, whose device has the low bits of its minor number last. */
        public static FileId ofStat(long inode, long device) {
            long major = device >>> Byte.SIZE & 0xfff;
            long minor = device & 0xff | device >>> 12 & 0xfff00;
            return new FileId((int) inode, (int) (major << MINOR_BITS | minor));
        }
    }

    private static final int UNIX_DIAG_VFS = 1;
    private static final int UDIAG_SHOW_VFS = 2;

    /** {@code sizeof(struct unix_diag_req)} and the places of its fields, behind the header. */
    private static final int REQUEST = 24;

    private static final int STATES_AT = 4;
    private static final int SHOW_AT = 12;

    /** {@code sizeof(struct unix_diag_msg)} and the place of its inode. */
    private static final int MESSAGE = 16;

    private static final int INODE_AT = 4;
    private static final int ANY_STATE = -1;

    /** Writes a request for all sockets with their files, and returns its length. */
    public static int request(Abi abi, ByteBuffer into) {
        for (int i = 0; i < Netlink.HEADER + REQUEST; i++) {
            into.put(i, (byte) 0);
        }
        into.order(abi.order());
        into.put(Netlink.HEADER, (byte) abi.number(Const.AF_UNIX));
        into.putInt(Netlink.HEADER + STATES_AT, ANY_STATE).putInt(Netlink.HEADER + SHOW_AT, UDIAG_SHOW_VFS);
        Netlink.putDump(into, Netlink.SOCK_DIAG_BY_FAMILY, Netlink.HEADER + REQUEST);
        return Netlink.HEADER + REQUEST;
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException if it is cut off
     */
    public static UnixDiag decode(Abi abi, ByteBuffer payload) {
        ByteBuffer from = payload.slice().order(abi.order());
        if (from.remaining() < MESSAGE) {
            throw new IllegalArgumentException("a message that was cut off");
        }
        ByteBuffer attributes = from.slice(MESSAGE, from.remaining() - MESSAGE).order(abi.order());
        return new UnixDiag(
                from.getInt(INODE_AT) & 0xffffffffL,
                Netlink.attribute(attributes, UNIX_DIAG_VFS)
                        .filter(value -> value.remaining() >= 2 * Integer.BYTES)
                        .map(value -> new FileId(value.getInt(0), value.getInt(Integer.BYTES))));
    }
}
