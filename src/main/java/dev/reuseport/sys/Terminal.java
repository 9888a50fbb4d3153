package dev.reuseport.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether somebody looks at a descriptor, and how much there is room for. */
public final class Terminal {
    /** The descriptor of {@code stdout}. */
    public static final int STDOUT = 1;

    /** The descriptor of {@code stderr}. */
    public static final int STDERR = 2;

    /** What a terminal has that does not say its size. */
    private static final Size USUAL = new Size(24, 80);

    private static final int WINSIZE = 8;

    private Terminal() {}

    /** How many characters a terminal has room for. */
    public record Size(int rows, int columns) {}

    /** {@code isatty(3)}, unless it is known without, because to load jnr-posix for it costs a start. */
    public static boolean is(int fd) {
        return mayBeOne(fd) && Posix.loaded().libc().isatty(fd) == 1;
    }

    /** A pipe, a file and {@code /dev/null} are none, and Linux says that a descriptor is one of these. */
    private static boolean mayBeOne(int fd) {
        try {
            String opened =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return opened.startsWith("/dev/") && !opened.equals("/dev/null");
        } catch (IOException | UnsupportedOperationException e) {
            return true;
        }
    }

    /** The size of the terminal that {@code fd} is now: what itself says, else COLUMNS and LINES, else 80 by 24. */
    public static Size size(int fd) {
        Size asked = asked(fd);
        return new Size(
                asked.rows > 0 ? asked.rows : environment("LINES").orElse(USUAL.rows),
                asked.columns > 0 ? asked.columns : environment("COLUMNS").orElse(USUAL.columns));
    }

    /** Nothing of it is larger than 0 if it does not say. */
    private static Size asked(int fd) {
        try {
            Syscalls syscalls = Binding.JNR.load();
            NativeBuffer winsize = syscalls.allocate(WINSIZE);
            if (syscalls.ioctl(fd, syscalls.abi().terminalSizeRequest(), winsize) < 0) {
                return new Size(0, 0);
            }
            return new Size(
                    Short.toUnsignedInt(winsize.bytes().getShort(0)),
                    Short.toUnsignedInt(winsize.bytes().getShort(Short.BYTES)));
        } catch (NotPossibleException e) {
            return new Size(0, 0);
        }
    }

    private static Optional<Integer> environment(String name) {
        return Optional.ofNullable(System.getenv(name))
                .filter(text -> text.matches("[1-9][0-9]{0,4}"))
                .map(Integer::valueOf);
    }
}
