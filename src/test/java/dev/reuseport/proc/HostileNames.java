package dev.reuseport.proc;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Names that processes may give themselves: 15 bytes of anything but NUL. */
public final class HostileNames {
    private static final int LONGEST = 15;

    /** What a reader of {@code /proc} may trip over. */
    private static final String[] PIECES = {
        "\r", "\n", "Uid:", "\t0\t0", " x y", "\u009b", "\u202e", "\\n", "é", "\u0085", "(", ") ", "Z 1", "PPid:",
        "systemd"
    };

    private HostileNames() {}

    /** Draws one: half of them of pieces that a reader may trip over. */
    public static byte[] drawn(Random random) {
        byte[] name = new byte[1 + random.nextInt(LONGEST)];
        random.nextBytes(name);
        if (random.nextBoolean()) {
            StringBuilder text = new StringBuilder();
            while (text.length() < LONGEST) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            System.arraycopy(text.toString().getBytes(StandardCharsets.UTF_8), 0, name, 0, name.length);
        }
        for (int i = 0; i < name.length; i++) {
            name[i] = name[i] == 0 ? (byte) 'x' : name[i];
        }
        return name;
    }
}
