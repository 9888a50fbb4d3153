package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingTest {
    @Test
    void aNameAndAValueAreRead() {
        assertEquals(new Setting<>(SockOpts.SO_RCVBUF, 65536), Setting.parse("SO_RCVBUF=65536"));
        assertEquals(new Setting<>(SockOpts.SO_RCVBUF, 65536), Setting.parse("so_rcvbuf=65536"));
        assertEquals(new Setting<>(SockOpts.SO_RCVTIMEO, Duration.ofMillis(250)), Setting.parse("SO_RCVTIMEO=0.25"));
    }

    @Test
    void aNameAloneMeansOn() {
        assertEquals(new Setting<>(SockOpts.SO_REUSEPORT, true), Setting.parse("SO_REUSEPORT"));
    }

    @Test
    void itIsWrittenAsItIsRead() {
        for (String text : new String[] {
            "SO_REUSEPORT=on", "SO_LINGER=off", "SO_LINGER=5s", "SO_BINDTODEVICE=lo", "SO_BINDTODEVICE=''"
        }) {
            assertEquals(text, Setting.parse(text).toString());
        }
    }

    @Test
    void whatIsOnIsWrittenShort() {
        assertEquals("SO_REUSEPORT", Setting.parse("SO_REUSEPORT=1").shortText());
        assertEquals("SO_REUSEPORT=off", Setting.parse("SO_REUSEPORT=0").shortText());
        assertEquals("SO_BINDTODEVICE=on", Setting.parse("SO_BINDTODEVICE=on").shortText());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SO_REUSEPROT=1 | no option is called 'SO_REUSEPROT'",
                "SO_TYPE=1      | SO_TYPE can only be read",
                "SO_RCVBUF      | SO_RCVBUF takes an integer, not 'on'",
                "SO_BINDTODEVICE=a b | SO_BINDTODEVICE takes one word without white space and #, not 'a b'",
                "SO_BINDTODEVICE=a#b | SO_BINDTODEVICE takes one word without white space and #, not 'a#b'",
                "SO_REUSEADDR=2 | SO_REUSEADDR takes on, off, 1 or 0, not '2'"
            })
    void whatIsWrongIsNamed(String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Setting.parse(text))
                        .getMessage());
    }
}
