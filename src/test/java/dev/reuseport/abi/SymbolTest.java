package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SymbolTest {
    @ParameterizedTest
    @CsvSource({"15, 15", "0xf, 15", "0X200, 512", "0, 0", "0xffffffff, -1", "4294967295, -1", "SO_REUSEPORT, 15"})
    void aNumberOrANameIsRead(String text, int number) {
        assertEquals(number, Symbol.parse(text).orElseThrow().on(Platform.LINUX));
    }

    @Test
    void aNameMayBeInLowerCase() {
        assertEquals(Optional.of(Const.SO_REUSEPORT), Symbol.parse("so_reuseport"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "0x", "4294967296", "0x100000000", "SO_REUSEPROT", "1.0", " 1"})
    void anythingElseIsNot(String text) {
        assertEquals(Optional.empty(), Symbol.parse(text));
    }

    @Test
    void aNumberIsOnEveryPlatformAndIsWrittenAsOne() {
        Symbol number = Symbol.parse("0xfffffffe").orElseThrow();
        for (Platform platform : Platform.values()) {
            assertTrue(number.definedOn(platform));
            assertEquals(-2, number.on(platform));
        }
        assertEquals("4294967294", number.toString());
    }
}
