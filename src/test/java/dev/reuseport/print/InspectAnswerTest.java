package dev.reuseport.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.abi.Const;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.OldLinux;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
final class InspectAnswerTest {
    @Test
    void whatTheKernelIsTooOldForSaysSinceWhen() throws IOException {
        InspectAnswer answer;
        try (NativeSocket socket =
                NativeSocket.open(OldLinux.of(new JnrSyscalls(), "6.1"), Const.AF_INET, Const.SOCK_STREAM)) {
            List<Reading> readings = Reading.all(socket, List.of(SockOpts.SO_INQ, SockOpts.UDP_CORK));
            answer = new InspectAnswer(Mode.NATIVE, Const.AF_INET, Const.SOCK_STREAM, readings, Map.of(), true);
        }
        StringWriter text = new StringWriter();
        answer.print(new PrintWriter(text, true));
        assertTrue(
                text.toString().matches("(?s).*SO_INQ +refused: ENOPROTOOPT \\(\\d+\\), since Linux 6.17 *\\R.*"),
                text::toString);
        assertTrue(text.toString().matches("(?s).*UDP_CORK +refused: \\w+ \\(\\d+\\) *\\R"), text::toString);
        StringWriter json = new StringWriter();
        answer.json().print(new PrintWriter(json, true));
        JsonObject tooOld = JsonParser.parseString(json.toString())
                .getAsJsonObject()
                .getAsJsonArray("options")
                .get(0)
                .getAsJsonObject();
        assertEquals("ENOPROTOOPT", tooOld.get("errno").getAsString());
        assertEquals("6.17", tooOld.get("since").getAsString());
        assertFalse(
                json.toString().substring(json.toString().indexOf("UDP_CORK")).contains("since"));
    }
}
