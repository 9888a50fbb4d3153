package dev.reuseport.bind.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.Terrain;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StepReaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp [::1]:0 SO_REUSEPORT listen",
                "udp 127.0.0.1:65535 SO_REUSEADDR SO_REUSEPORT uid=65534",
                "tcp [::ffff:127.0.0.1]:80 IPV6_V6ONLY=off",
                "tcp [::ffff:0.0.0.0]:80",
                "tcp6 127.0.0.1:80 SO_REUSEADDR uid=1 listen",
                "udp4 [fe80::1%eth0]:80",
                "unbound tcp SO_REUSEADDR",
                "unbound udp6 IPV6_V6ONLY uid=7",
                "unix /run/x.sock SO_REUSEADDR uid=7 listen",
                "unix @x dgram",
                "tcp [::]:8080 SO_BINDTODEVICE=lo SO_RCVBUF=4096 listen"
            })
    void aStepIsWrittenAsItWasRead(String line) throws StepSyntaxException {
        assertEquals(line, StepReader.read(line).get(0).toString());
    }

    @Test
    void whatIsDrawnIsWrittenAndReadBack() throws StepSyntaxException {
        RandomCases cases = new RandomCases(1, Terrain.plain());
        for (int i = 0; i < 500; i++) {
            Case drawn = cases.next();
            assertEquals(List.of(drawn), StepReader.read(drawn.toString()));
        }
    }

    @Test
    void actsOnEarlierSocketsAreRead() throws StepSyntaxException {
        List<Case> cases = StepReader.read("""
                tcp 127.0.0.1:0 listen
                listen 1
                connect 1
                client-close 1
                server-close 1
                set 1 SO_REUSEADDR=0
                shutdown 1
                close 1
                tcp 127.0.0.1:@1
                bind 1 [::1%2]:@2
                read 2 SO_REUSEPORT
                dup 2
                listen 3
                connect 1 127.0.0.1:@2
                connect 1 from 3
                connect 1 [::1]:80 from 2
                """);
        assertEquals(1, cases.size());
        assertEquals("connect 1 127.0.0.1:@2", cases.get(0).steps().get(13).toString());
        assertEquals("connect 1 from 3", cases.get(0).steps().get(14).toString());
        assertEquals("connect 1 [::1]:80 from 2", cases.get(0).steps().get(15).toString());
        assertEquals(16, cases.get(0).steps().size());
        assertEquals("bind 1 [::1%2]:@2", cases.get(0).steps().get(9).toString());
        assertEquals("read 2 SO_REUSEPORT", cases.get(0).steps().get(10).toString());
        assertEquals(
                new Step.Act(Step.Verb.SERVER_CLOSE, 1), cases.get(0).steps().get(4));
        assertEquals(
                new Step.Port.Of(1),
                ((Step.Open) cases.get(0).steps().get(8)).to().port());
    }

    @Test
    void emptyLinesSeparateCasesAndCommentsDoNot() throws StepSyntaxException {
        List<Case> cases = StepReader.read("# one\ntcp [::1]:0\n# still one\nclose 1 # done\n\n\nudp [::1]:0\n");
        assertEquals(2, cases.size());
        assertEquals(2, cases.get(0).steps().size());
        assertEquals("udp [::1]:0", cases.get(1).toString());
    }

    @Test
    void socketsAreCountedAnewInEachCase() {
        StepSyntaxException wrong =
                assertThrows(StepSyntaxException.class, () -> StepReader.read("tcp [::1]:0\n\nclose 1"));
        assertTrue(wrong.getMessage().startsWith("line 3, column "), wrong.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tpc [::1]:0                         | 1  | begins with",
                "tcp                                 | 4  | ADDR:PORT",
                "tcp ::1:0                           | 5  | not ADDR:PORT",
                "tcp localhost:0                     | 5  | not ADDR:PORT",
                "tcp [::1]:65536                     | 11 | 0 to 65535",
                "tcp 300.0.0.1:0                     | 5  | no address",
                "tcp [fe80::1%0]:0                   | 14 | an interface's number",
                "tcp [fe80::1%99999999999]:0         | 14 | an interface's number",
                "tcp [::1]:@1                        | 11 | no socket",
                "tcp [::1]:0 SO_REUSEPROT            | 13 | SO_REUSEPROT",
                "tcp [::1]:0 listen SO_TYPE=1        | 20 | SO_TYPE",
                "tcp [::1]:0 SO_REUSEPORT=maybe      | 13 | SO_REUSEPORT",
                "tcp [::1]:0 uid=root                | 17 | user",
                "tcp [::1]:0 uid=-1                  | 17 | user",
                "close 1                             | 7  | no socket",
                "close                               | 6  | number",
                "tcp5 [::1]:0                        | 1  | begins with",
                "unbound                             | 8  | tcp6 or udp6",
                "unbound sctp                        | 9  | tcp6 or udp6",
                "unbound tcp listen                  | 13 | no option",
                "unix                                | 5  | a path",
                "unix @                              | 6  | behind @",
                "unix @x seqpacket                   | 9  | no option",
                "frobnicate 1                        | 1  | begins with"
            })
    void aMistakeHasALineAndAColumn(String line, int column, String says) {
        StepSyntaxException wrong = assertThrows(StepSyntaxException.class, () -> StepReader.read(line));
        assertTrue(wrong.getMessage().startsWith("line 1, column " + column + ": "), wrong.getMessage());
        assertTrue(wrong.getMessage().contains(says), wrong.getMessage());
    }

    @Test
    void aNameHasNoPort() {
        for (String step :
                List.of("tcp 127.0.0.1:@1", "bind 1 127.0.0.1:0", "connect 1 127.0.0.1:80", "send 1 127.0.0.1:80")) {
            StepSyntaxException wrong =
                    assertThrows(StepSyntaxException.class, () -> StepReader.read("unix @x\n" + step), step);
            assertTrue(wrong.getMessage().contains("port"), wrong.getMessage());
        }
        StepSyntaxException wrong =
                assertThrows(StepSyntaxException.class, () -> StepReader.read("unix @x dgram\nconnect 1"));
        assertTrue(wrong.getMessage().contains("no connections"), wrong.getMessage());
    }

    @Test
    void whatAnotherProcessHoldsCanBeClosedAlone() throws StepSyntaxException {
        String held = "tcp [::1]:0\nfork 1\n";
        assertEquals(
                4,
                StepReader.read(held + "close 2\ntcp [::1]:@2").get(0).steps().size());
        for (String step : List.of("listen 2", "dup 2", "connect 2", "set 2 SO_REUSEPORT", "connect 1 from 2")) {
            StepSyntaxException wrong =
                    assertThrows(StepSyntaxException.class, () -> StepReader.read(held + step), step);
            assertTrue(wrong.getMessage().contains("another process"), wrong.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "close 2                 | 7  | 1 to 1",
                "close 1 2              | 9  | too much",
                "set 1                  | 6  | an option",
                "set 1 SO_REUSEPORT 1   | 20 | too much",
                "connect 1              | 9  | udp",
                "connect 1 from 2       | 16 | 1 to 1",
                "connect 1 from         | 15 | the number",
                "connect 1 ::1          | 11 | ADDR:PORT",
                "connect 1 [::1]:1 2    | 19 | too much",
                "connect 1 from 1 2     | 18 | too much",
                "fork 2                 | 6  | 1 to 1",
                "send 1                 | 7  | ADDR:PORT",
                "send 2 [::1]:1         | 6  | 1 to 1",
                "bind 1                 | 7  | ADDR:PORT",
                "bind 1 [::1]:0 listen  | 16 | too much",
                "bind 1 [::1]:@2        | 14 | 1 to 1",
                "dup 2                  | 5  | 1 to 1",
                "read 1                 | 7  | an option",
                "read 1 SO_REUSEPROT    | 8  | SO_REUSEPROT",
                "read 1 SO_ATTACH_FILTER| 8  | only be set",
                "udp [::1]:@2           | 11 | 1 to 1"
            })
    void aMistakeAboutAnEarlierSocketToo(String line, int column, String says) {
        StepSyntaxException wrong =
                assertThrows(StepSyntaxException.class, () -> StepReader.read("udp [::1]:0\n" + line));
        assertTrue(wrong.getMessage().startsWith("line 2, column " + column + ": "), wrong.getMessage());
        assertTrue(wrong.getMessage().contains(says), wrong.getMessage());
    }
}
