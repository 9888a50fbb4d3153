package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class UnixTableTest {
    private static final Abi ABI = Abi.of("Linux", "amd64");

    private static Optional<UnixTable.Entry> parse(String line) {
        return UnixTable.parse(ABI, line);
    }

    @Test
    void aListenerHasItsNameTypeAndInode() {
        UnixTable.Entry entry = parse(
                        "00000000054e4adb: 00000002 00000000 00010000 0001 01 13746603 /run/my server.sock")
                .orElseThrow();
        assertEquals("/run/my server.sock", entry.name().text());
        assertEquals("stream", entry.type());
        assertTrue(entry.listens());
        assertEquals(13_746_603, entry.inode());
    }

    @Test
    void whatAListenerAcceptedHasItsNameAndAPeer() {
        UnixTable.Entry entry =
                parse("0: 00000003 00000000 00000000 0001 03 8 /run/a.sock").orElseThrow();
        assertEquals("CONNECTED", entry.state());
        assertEquals(
                "BOUND",
                parse("0: 00000002 00000000 00000000 0001 01 8 /run/a.sock")
                        .orElseThrow()
                        .state());
    }

    @Test
    void anotherArchitectureCountsTypesInItsOwnWay() {
        String line = "0: 00000002 00000000 00000000 0001 01 7 @x";
        assertEquals(
                "dgram",
                UnixTable.parse(Abi.of("Linux", "mips"), line).orElseThrow().type());
        assertEquals(
                "seqpacket",
                parse(line.replace("0001 01", "0005 01")).orElseThrow().type());
    }

    @Test
    void whatHasNoNameOrIsNoLineIsNothing() {
        for (String line : List.of(
                "Num       RefCount Protocol Flags    Type St Inode Path",
                "00000000054e4adb: 00000003 00000000 00000000 0001 03  1063",
                "the rest of a name",
                "",
                "0: 00000002 00000000 00000000 0001 01 99999999999999999999 /x",
                "0: 00000002 00000000 0000000 0001 01 7 /x")) {
            assertTrue(parse(line).isEmpty(), line);
        }
    }
}
