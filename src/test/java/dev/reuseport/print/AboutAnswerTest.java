package dev.reuseport.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.abi.Platform;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class AboutAnswerTest {
    private static String printed(Consumer<PrintWriter> answer) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        answer.accept(out);
        out.flush();
        return text.toString();
    }

    private static AboutAnswer about(SockOpt<?>... options) {
        return new AboutAnswer(List.of(options), Optional.of(Platform.DARWIN));
    }

    @Test
    void peopleGetWhatTheTableAndTheMatrixSay() {
        assertEquals("""
                SOL_SOCKET SO_BINDTODEVICE
                  holds   text of at most 15 bytes, and a NUL
                  access  can be read and set; setting it takes CAP_NET_RAW before Linux 5.7, and since then once the socket \
                has a device
                  takes   a name of at most 511 bytes, of which the kernel reads 15
                  page    socket(7)
                  JDK     no name
                  number  25 at level 1: linux, linux-powerpc
                          25 at level 0xffff: linux-mips, linux-alpha
                          13 at level 0xffff: linux-sparc
                          0x4019 at level 0xffff: linux-parisc
                          0x1134 at level 0xffff: *darwin
                          not defined: freebsd, openbsd, netbsd, dragonfly, illumos

                IPPROTO_TCP TCP_KEEPINTVL
                  holds   an int of 4 bytes: seconds, on DragonFly milliseconds
                  access  can be read and set
                  takes   an integer, -2147483648 to 2147483647
                  page    tcp(7)
                  JDK     TCP_KEEPINTERVAL
                  number  5 at level 6: linux, linux-mips, linux-sparc, linux-alpha, linux-parisc, linux-powerpc, netbsd
                          0x101 at level 6: *darwin
                          0x200 at level 6: freebsd, dragonfly
                          not defined: openbsd
                          36 at level 6: illumos
                """, printed(about(SockOpts.SO_BINDTODEVICE, SockOpts.TCP_KEEPINTVL)::print));
    }

    @Test
    void whatCameWithAReleaseOfLinuxSaysWithWhich() {
        AboutAnswer answer = about(SockOpts.IP_LOCAL_PORT_RANGE);
        assertTrue(printed(answer::print).contains("  since   Linux 6.3, 6.1.32" + System.lineSeparator()));
        assertTrue(printed(answer.json()::print).contains("\"since\": \"6.3\""));
        assertFalse(printed(about(SockOpts.SO_LINGER)::print).contains("since"));
        assertTrue(printed(about(SockOpts.SO_LINGER).json()::print).contains("\"since\": null"));
    }

    @Test
    void everyOptionSaysWhatItIsInBothFormats() {
        for (SockOpt<?> option : SockOpts.all()) {
            String text = printed(about(option)::print);
            assertTrue(text.startsWith(option.level() + " " + option + System.lineSeparator()), text);
            for (String row : List.of("holds   ", "access  can ", "page    ", "JDK     ", "number  ")) {
                assertTrue(text.lines().anyMatch(line -> line.matches(" {2}" + row + "\\S.*")), option + ": " + row);
            }
            JsonObject json = JsonParser.parseString(printed(about(option).json()::print))
                    .getAsJsonObject()
                    .getAsJsonArray("options")
                    .get(0)
                    .getAsJsonObject();
            assertEquals(option.name(), json.get("name").getAsString());
            assertTrue(
                    json.get("page").getAsString().matches(".+\\(\\d\\w*\\).*|.+\\.(h|rst).*|rfc\\d+"), json::toString);
            assertFalse(json.get("shape").getAsString().isBlank());
            assertEquals(option.access().writable(), json.get("takes").isJsonPrimitive(), option.name());
            assertTrue(
                    json.get("readable").getAsBoolean() || json.get("writable").getAsBoolean());
            JsonObject numbers = json.getAsJsonObject("numbers");
            for (Platform platform : Platform.values()) {
                JsonElement number = numbers.get(platform.id());
                assertEquals(option.definedOn(platform), number.isJsonObject(), option + " on " + platform);
                if (number.isJsonObject()) {
                    assertEquals(
                            option.option().on(platform),
                            number.getAsJsonObject().get("option").getAsInt());
                }
            }
            assertTrue(SockOpts.privilege(option).isEmpty() || option.access().writable(), option.name());
        }
    }
}
