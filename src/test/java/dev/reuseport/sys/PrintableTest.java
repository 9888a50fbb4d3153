package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public final class PrintableTest {
    private static final int TEXTS = 20_000;

    private static Printable of(int... bytes) {
        byte[] utf8 = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            utf8[i] = (byte) bytes[i];
        }
        return Printable.of(utf8);
    }

    /** Tells whether a terminal would print each character, and obey none. */
    public static boolean harmless(String text) {
        return text.codePoints()
                .noneMatch(point -> point < 0x20
                        || point >= 0x7f && point < 0xa0
                        || point == 0x61c
                        || point >= 0x200b && point <= 0x200f
                        || point >= 0x2028 && point <= 0x202e
                        || point >= 0x2060 && point <= 0x206f
                        || point == 0xfeff
                        || point >= 0xd800 && point < 0xe000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "java", "été", "日本語", "\\n stays", "😀", "a b", "(sd-pam)"})
    void whatPeopleReadStays(String text) {
        assertEquals(text, new Printable(text).toString());
        assertEquals(new Printable(text), Printable.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatATerminalObeysIsEscaped() {
        assertEquals("\\x0dUid:\\x090\\x090", new Printable("\rUid:\t0\t0").toString());
        assertEquals("\\x1b[31m\\x7f\\x00", new Printable("\033[31m\177\0").toString());
        assertEquals("a\\u009b31m", of('a', 0xc2, 0x9b, '3', '1', 'm').toString());
        assertEquals("\\u202e\\u2066\\u200f\\u061c\\u2028", new Printable("\u202e\u2066\u200f\u061c\u2028").toString());
        assertEquals("\\U000e0001", new Printable("\udb40\udc01").toString());
        assertEquals("\\ud83d", new Printable("\ud83d").toString());
    }

    @Test
    void aByteThatIsNoUtf8IsShownAsOne() {
        assertEquals("\\xff\\xfe\\x9b", of(0xff, 0xfe, 0x9b).toString());
        assertEquals("a\\xc3", of('a', 0xc3).toString());
        assertEquals("\\xc3(", of(0xc3, '(').toString());
        assertEquals(
                "é\\xe2\\x82 é", of(0xc3, 0xa9, 0xe2, 0x82, ' ', 0xc3, 0xa9).toString());
        assertEquals("\\xed\\xa0\\x80", of(0xed, 0xa0, 0x80).toString());
    }

    @Test
    void aLetterThatIsNotSeenIsEscaped() {
        assertEquals("\\u3164\\u115f\\u1160\\uffa0", new Printable("\u3164\u115f\u1160\uffa0").toString());
    }

    @Test
    void noTextIsDangerousAndNoCharacterIsLost() {
        Random random = new Random(20_261_126);
        for (int i = 0; i < TEXTS; i++) {
            byte[] bytes = new byte[random.nextInt(16)];
            random.nextBytes(bytes);
            String shown = Printable.of(bytes).toString();
            assertTrue(harmless(shown), () -> shown);
            assertFalse(shown.contains("\ufffd"), shown);
            int[] points = random.ints(random.nextInt(8), 0, Character.MAX_CODE_POINT + 1)
                    .toArray();
            String text = new String(points, 0, points.length);
            assertTrue(harmless(new Printable(text).toString()), () -> new Printable(text).toString());
        }
    }
}
