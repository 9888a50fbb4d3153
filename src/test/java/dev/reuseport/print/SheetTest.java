package dev.reuseport.print;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class SheetTest {
    private final StringWriter text = new StringWriter();

    private Sheet sheet(int columns, boolean coloured) {
        return new Sheet(text, () -> columns, coloured);
    }

    @Test
    void aLineGoesOnBelow() {
        sheet(20, false).println("Note: a UDP bind is not tried, and so on.");
        assertEquals(String.format("Note: a UDP bind is%nnot tried, and so%non.%n"), text.toString());
    }

    @Test
    void anItemOfAListGoesOnBehindItsSign() {
        sheet(20, false).println("  - end pid 26812 (python3)");
        assertEquals(String.format("  - end pid 26812%n    (python3)%n"), text.toString());
    }

    @Test
    void aWordThatIsLongerThanALineStaysWhole() {
        sheet(10, false).println("see /var/lib/a/long/path now");
        assertEquals(String.format("see%n/var/lib/a/long/path%nnow%n"), text.toString());
    }

    @Test
    void aLineInPiecesIsOne() {
        PrintWriter sheet = sheet(10, false);
        sheet.print("one two ");
        sheet.print("three");
        sheet.println(" four");
        assertEquals(String.format("one two%nthree four%n"), text.toString());
    }

    /** As a count that is written over and over. */
    @Test
    void whatIsFlushedBeforeItsLineEndsIsThereAtOnce() {
        PrintWriter sheet = sheet(10, false);
        sheet.print("\r12 of 20 parts");
        sheet.flush();
        assertEquals("\r12 of 20 parts", text.toString());
    }

    @Test
    void whatHasNoWidthIsPrintedAsItIs() {
        sheet(Sheet.UNBOUNDED, false).println("one two   ");
        assertEquals(String.format("one two   %n"), text.toString());
    }

    @Test
    void aColourTakesNoRoomAndEndsWithEachWord() {
        PrintWriter sheet = sheet(8, true);
        sheet.println(Colour.BAD.on(sheet, "NOT the same"));
        assertEquals(String.format("\033[31mNOT\033[m \033[31mthe\033[m%n\033[31msame\033[m%n"), text.toString());
    }

    @Test
    void withoutColoursThereAreNone() {
        PrintWriter sheet = sheet(80, false);
        assertEquals("same", Colour.GOOD.on(sheet, "same"));
        assertEquals("same", Colour.GOOD.on(new PrintWriter(text), "same"));
    }

    @Test
    void lettersOfEastAsiaTakeTwoColumnsAndAccentsNone() {
        sheet(6, false).println("\u65e5\u672c e\u0301 \u8a9e");
        assertEquals(String.format("\u65e5\u672c e\u0301%n\u8a9e%n"), text.toString());
    }
}
