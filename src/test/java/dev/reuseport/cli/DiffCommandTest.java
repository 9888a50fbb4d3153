package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code diff}, and what {@code report} refuses before it begins. */
final class DiffCommandTest {
    @TempDir
    private Path scratch;

    private static String refusal(String... arguments) {
        StringWriter err = new StringWriter();
        PrintWriter to = new PrintWriter(err);
        assertEquals(
                2, Main.commandLine(new PrintWriter(new StringWriter()), to).execute(arguments));
        to.flush();
        assertEquals(1, err.toString().lines().count(), err::toString);
        return err.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"schema\":                                                  | it is no JSON",
                "[]                                                            | it is no report",
                "{\"differences\":[]}                                          | schema, host or parts is missing",
                "{\"schema\":2,\"host\":{\"abi\":\"linux\"},\"parts\":{\"bind\":{}}}    | it is of schema 2",
                "{\"schema\":1,\"host\":{\"abi\":\"linux\"},\"parts\":{\"bind\":[]}}    | its part bind is no object",
                "{\"schema\":1,\"host\":{\"abi\":\"linux\"},\"parts\":{\"bind\":{\"a\":1}}} | its part bind, a, is no object",
                "{\"schema\":1,\"host\":{\"abi\":\"linux\"},\"parts\":{\"bind\":{\"status\":\"x\"}}} | the status 'x'"
            })
    void aFileThatIsNoReportIsRefusedInOneSentence(String content, String why) throws IOException {
        Path file = Files.writeString(scratch.resolve("a.json"), content);
        String said = refusal("diff", file.toString(), file.toString());
        assertTrue(said.contains(why), said);
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        assertTrue(refusal("diff", scratch.resolve("none").toString(), "x").contains("there is no such file"));
    }

    @Test
    void aReportHasTwoFormats() {
        assertTrue(refusal("report", "--out", "x.pdf").contains("ends in .html or .json"));
    }
}
