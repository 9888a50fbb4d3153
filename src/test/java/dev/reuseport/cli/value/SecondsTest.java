package dev.reuseport.cli.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class SecondsTest {
    @ParameterizedTest
    @CsvSource({"30s, PT30S", "30, PT30S", "0.5s, PT0.5S", "500ms, PT0.5S", "2m, PT2M", "0, PT0S"})
    void aTimeIsRead(String typed, Duration expected) {
        assertEquals(expected, new Seconds().convert(typed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1", "1h", "1.2.3", "soon", "99999999999999", "200000000m", "366m1s", "600000m"})
    void whatIsNoTimeIsRefused(String typed) {
        assertThrows(TypeConversionException.class, () -> new Seconds().convert(typed));
    }
}
