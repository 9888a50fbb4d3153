package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reuseport.abi.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
            quoteCharacter = '`',
            value = {
                "SO_REUSEPROT=1 | no option is called 'SO_REUSEPROT'",
                "SO_TYPE=1      | SO_TYPE can only be read",
                "SO_RCVBUF      | SO_RCVBUF takes an integer, -2147483648 to 2147483647, not 'on'",
                "SO_BINDTODEVICE=a b | SO_BINDTODEVICE takes one word without white space and #, not 'a b'",
                "SO_BINDTODEVICE=a#b | SO_BINDTODEVICE takes one word without white space and #, not 'a#b'",
                "SO_REUSEADDR=yes | SO_REUSEADDR takes on, off, or an integer, -2147483648 to 2147483647, not 'yes'",
                "SO_REUSEADDR=2147483648 | SO_REUSEADDR takes on, off, or an integer, -2147483648 to 2147483647, not '2147483648'",
                "1:15 | '1:15' is not LEVEL:NAME:BYTES, as 1:15:01000000: numbers or C names, and bytes in hex as they lie in memory",
                "1:15:0 | '1:15:0' is not LEVEL:NAME:BYTES, as 1:15:01000000: numbers or C names, and bytes in hex as they lie in memory",
                "1:15=1 | '1:15=1' is not LEVEL:NAME:BYTES, as 1:15:01000000: numbers or C names, and bytes in hex as they lie in memory",
                "1:SO_X:00 | 'SO_X' in '1:SO_X:00' is no number of 32 bits and no constant",
                "4294967296:1:00 | '4294967296' in '4294967296:1:00' is no number of 32 bits and no constant",
            })
    void whatIsWrongIsNamed(String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Setting.parse(text))
                        .getMessage());
    }

    private static String byNumbers(SockOpt<?> option, String bytes) {
        Abi abi = Abi.host();
        return abi.number(option.level()) + ":" + abi.number(option.option()) + ":" + bytes;
    }

    private static String word(int number) {
        return Raw.of(ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(number)
                        .array())
                .toString();
    }

    @Test
    void numbersOfAnOptionAreReadAsThat() {
        for (boolean on : new boolean[] {true, false}) {
            String text = byNumbers(SockOpts.SO_REUSEADDR, word(on ? 1 : 0));
            Setting<?> setting = Setting.parse(text);
            assertEquals(SockOpts.SO_REUSEADDR, setting.option());
            assertEquals(on, setting.value());
            assertEquals(text, setting.toString());
            assertEquals(text, setting.shortText());
        }
        assertEquals(
                Setting.parse("SO_RCVBUF=4096").value(),
                Setting.parse(byNumbers(SockOpts.SO_RCVBUF, word(4096))).value());
        assertEquals(
                "lo", Setting.parse(byNumbers(SockOpts.TCP_CONGESTION, "6c6f")).value());
    }

    @Test
    void namesOfCDoForNumbers() {
        Setting<?> setting = Setting.parse("sol_socket:SO_REUSEADDR:" + word(5));
        assertEquals(SockOpts.SO_REUSEADDR, setting.option());
        assertEquals(true, setting.value());
        assertEquals(
                "SO_PASSCRED", Setting.parse("SOL_SOCKET:SO_PASSCRED:").option().name());
    }

    @Test
    void bytesThatAreNoValueStayBytes() {
        Setting<?> none = Setting.parse(byNumbers(SockOpts.SO_REUSEADDR, ""));
        assertEquals(Raw.of(), none.value());
        assertEquals(byNumbers(SockOpts.SO_REUSEADDR, ""), none.toString());
        Setting<?> unknown = Setting.parse("0x7fffffff:4095:AB00");
        assertEquals(Raw.of((byte) 0xab, (byte) 0), unknown.value());
        assertEquals("2147483647:4095", unknown.option().name());
        assertEquals("0x7fffffff:4095:AB00", unknown.toString());
    }

    @Test
    void whatIsTypedAndNoValueIsKeptAsTyped() {
        assertEquals("SO_REUSEADDR=-2", Setting.parse("so_reuseaddr=-2").toString());
        assertEquals("SO_REUSEADDR=-2", Setting.parse("SO_REUSEADDR=-2").shortText());
        assertEquals("TCP_CONGESTION=", Setting.parse("TCP_CONGESTION=").toString());
        assertEquals("TCP_CONGESTION=''", Setting.parse("TCP_CONGESTION=''").toString());
        String device = "SO_BINDTODEVICE=a-name-of-16-byt";
        assertEquals(device, Setting.parse(device).toString());
        assertEquals("a-name-of-16-by", Setting.parse(device).value());
    }

    /** A setting is a word of a step, and of the line that another process reads. */
    @Test
    void aSymbolIsWrittenInOneWord() {
        for (String text : new String[] {"IP_MTU_DISCOVER=IP_PMTUDISC_DO", "IP_MTU_DISCOVER=2", "IP_MTU_DISCOVER=-1"}) {
            assertEquals(text, Setting.parse(text).toString());
        }
    }
}
