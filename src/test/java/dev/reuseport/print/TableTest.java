package dev.reuseport.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TableTest {
    private static final String LONG_CLASS = "AsynchronousServerSocketChannel";

    private static String on(int columns, Table table, String indent) {
        StringWriter text = new StringWriter();
        PrintWriter sheet = columns == Sheet.UNBOUNDED ? new PrintWriter(text) : new Sheet(text, () -> columns, false);
        table.print(sheet, indent);
        sheet.flush();
        return text.toString();
    }

    private static Table explained(String address) {
        return new Table()
                .head("member", "pid", "fd", "uid", "address", "state", "flags", "queue", "")
                .row(
                        "1",
                        "26812 python3, 26815 sleep",
                        "3",
                        "65534 nobody",
                        address,
                        "LISTEN",
                        "SO_REUSEADDR SO_REUSEPORT",
                        "0 of 511",
                        "in the way")
                .row("2", "26813 nginx and 4 more", "12", "0 root", address, "LISTEN", "-", "0 of 511", "");
    }

    private static Table compared() {
        return new Table()
                .head("class", "option", "native", "JDK says", "")
                .row(
                        LONG_CLASS,
                        "SO_REUSEADDR",
                        "off",
                        "on",
                        "differs: the JDK sets SO_REUSEADDR when it opens a " + LONG_CLASS
                                + ", so that connections in TIME_WAIT are not in the way")
                .row("ServerSocket", "SO_RCVBUF", "131072", "131072", "same");
    }

    private static Table tried() {
        return new Table()
                .head("", "step", "this kernel", "macos rules")
                .row("1", "tcp [::]:0 SO_REUSEADDR listen", "ok, listen ok, port 36689", "same")
                .row("2", "tcp 127.0.0.1:@1 SO_REUSEADDR listen", "EADDRINUSE", "DIFFERS: ok, listen ok, port 36689")
                .row(
                        "",
                        "  because the newcomer has SO_REUSEADDR or SO_REUSEPORT: only a socket at the same address"
                                + " would count");
    }

    static Stream<Table> tables() {
        return Stream.of(
                explained("127.0.0.1:60001"),
                explained("[2001:db8:85a3:1111:2222:8a2e:370:7334%eth0]:60001"),
                compared(),
                tried(),
                new Table().row("SO_MEMINFO", "36 bytes", "00000000000002000000000000400000... (36 bytes)"),
                new Table()
                        .row(
                                "failures",
                                "ECONNRESET 94, ECONNREFUSED 3, and ".repeat(6).strip()));
    }

    private static List<String> words(String text) {
        return Stream.of(text.strip().split("\\s+")).sorted().toList();
    }

    /** Whatever is above 60 columns: 60 have room for each word here. */
    @ParameterizedTest
    @MethodSource("tables")
    void noLineIsWiderThanTheSheetAndNoWordIsBroken(Table table) {
        List<String> all = words(on(Sheet.UNBOUNDED, table, "  "));
        for (int columns : IntStream.rangeClosed(60, 120).toArray()) {
            String text = on(columns, table, "  ");
            text.lines().forEach(line -> assertTrue(line.length() <= columns, () -> columns + ": " + line));
            List<String> printed = words(text);
            // As a block, a row has the names of its columns beside its cells.
            assertTrue(printed.containsAll(all) && all.containsAll(printed), () -> columns + ": " + text);
        }
    }

    @Test
    void whatIsNoTerminalGetsEachRowInOneLine() {
        assertEquals(
                String.format("     step                                  this kernel                macos rules%n"
                        + "  1  tcp [::]:0 SO_REUSEADDR listen        ok, listen ok, port 36689  same%n"
                        + "  2  tcp 127.0.0.1:@1 SO_REUSEADDR listen  EADDRINUSE                 DIFFERS: ok, listen ok,"
                        + " port 36689%n"
                        + "       because the newcomer has SO_REUSEADDR or SO_REUSEPORT: only a socket at the same"
                        + " address would count%n"),
                on(Sheet.UNBOUNDED, tried(), "  "));
    }

    @Test
    void aRowThatFitsIsAsItIsElsewhere() {
        assertEquals(on(Sheet.UNBOUNDED, tried(), ""), on(120, tried(), ""));
    }

    @Test
    void cellsAreBrokenInTheirColumns() {
        Table table = new Table()
                .head("member", "what", "verdict")
                .row("1", "one two three four five six", "an answer that is long");
        assertEquals(
                String.format("member  what            verdict%n"
                        + "1       one two three   an answer that%n"
                        + "        four five six   is long%n"),
                on(39, table, ""));
    }

    @Test
    void aLastCellThatWouldBeATowerGoesBelowItsRow() {
        assertEquals(
                String.format("class                            option        native  JDK says%n"
                        + LONG_CLASS + "  SO_REUSEADDR  off     on%n"
                        + "    differs: the JDK sets SO_REUSEADDR when it opens a%n"
                        + "    " + LONG_CLASS + ", so that connections in TIME_WAIT are not%n"
                        + "    in the way%n"
                        + "ServerSocket                     SO_RCVBUF     131072  131072    same%n"),
                on(78, compared(), ""));
    }

    @Test
    void whereTheWordsDoNotFitEachRowIsABlock() {
        Table table = new Table()
                .head("address", "device", "")
                .row("[2001:db8:85a3:1111:2222:8a2e:370:7334]:60001", "a-very-long-name-of-a-device", "in the way")
                .row("127.0.0.1:80", "lo", "");
        assertEquals(
                String.format("address  [2001:db8:85a3:1111:2222:8a2e:370:7334]:60001%n"
                        + "device   a-very-long-name-of-a-device%n"
                        + "         in the way%n"
                        + "%n"
                        + "address  127.0.0.1:80%n"
                        + "device   lo%n"),
                on(60, table, ""));
    }
}
