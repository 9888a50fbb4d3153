package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcNetTest {
    private static final Abi LITTLE = Abi.of("Linux", "amd64");
    private static final Abi BIG = Abi.of("Linux", "s390x");

    private static final String LISTENER = "   4: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000"
            + "  1000        0 152609 1 0000000000000000 100 0 0 10 0";
    private static final String MAPPED =
            "   1: 0000000000000000FFFF00000100007F:8C41 0000000000000000FFFF00000100007F:9C4E"
                    + " 01 00000000:00000005 00:00000000 00000000     0        0 31337 2 0000000000000000 20 4 30 10 -1";
    private static final String TIME_WAIT =
            "  22: 0100007F:C350 0100007F:EA61 06 00000000:00000000 03:00000F55 00000000"
                    + "     0        0 0 3 0000000000000000";
    private static final String UDP6 =
            " 9999: B80D01200000000067452301EFCDAB89:0035 00000000000000000000000000000000:0000"
                    + " 07 00000000:00000000 00:00000000 00000000 4294967294        0 18446744073709551615 2 0000000000000000 7";

    @Test
    void aListenerHasItsQueueItsUserAndItsInode() {
        ProcNet.Entry entry = parsed(LITTLE, ProcNet.Table.TCP, LISTENER);
        assertEquals(
                new ProcNet.Entry(
                        new Sockaddr.Inet(0x7f000001, 8080),
                        new Sockaddr.Inet(0, 0),
                        SocketState.LISTEN,
                        0,
                        3,
                        1000,
                        152609),
                entry);
    }

    @Test
    void wordsAreInTheHostsByteOrder() {
        String big = LISTENER.replace("0100007F", "7F000001");
        assertEquals(
                parsed(LITTLE, ProcNet.Table.TCP, LISTENER).local(),
                parsed(BIG, ProcNet.Table.TCP, big).local());
        assertEquals(
                "[::ffff:127.0.0.1]:35905",
                parsed(LITTLE, ProcNet.Table.TCP6, MAPPED).local().toString());
        String bigMapped = MAPPED.replace("0000000000000000FFFF00000100007F", "00000000000000000000FFFF7F000001");
        assertEquals(
                "[::ffff:127.0.0.1]:40014",
                parsed(BIG, ProcNet.Table.TCP6, bigMapped).peer().toString());
    }

    @Test
    void aTimeWaitHasNoInode() {
        ProcNet.Entry entry = parsed(LITTLE, ProcNet.Table.TCP, TIME_WAIT);
        assertEquals(SocketState.TIME_WAIT, entry.state());
        assertEquals(0, entry.inode());
    }

    @Test
    void numbersAreUnsigned() {
        ProcNet.Entry entry = parsed(LITTLE, ProcNet.Table.UDP6, UDP6);
        assertEquals("[2001:db8::123:4567:89ab:cdef]:53", entry.local().toString());
        assertEquals("4294967294", Integer.toUnsignedString(entry.uid()));
        assertEquals("18446744073709551615", Long.toUnsignedString(entry.inode()));
    }

    @Test
    void aDamagedLineIsNothingOrWhatStandsInIt() {
        Random random = new Random(20_260_101);
        String[] lines = {LISTENER, MAPPED, TIME_WAIT, UDP6};
        ProcNet.Table[] tables = {ProcNet.Table.TCP, ProcNet.Table.TCP6, ProcNet.Table.TCP, ProcNet.Table.UDP6};
        int nothing = 0;
        int something = 0;
        for (int i = 0; i < 100_000; i++) {
            int which = random.nextInt(lines.length);
            StringBuilder line = new StringBuilder(lines[which]);
            for (int damage = random.nextInt(4); damage >= 0; damage--) {
                damage(line, random);
            }
            Optional<ProcNet.Entry> entry = ProcNet.parse(LITTLE, tables[which], line.toString());
            if (entry.isPresent()) {
                something++;
                assertStandsIn(line.toString(), entry.get());
            } else {
                nothing++;
            }
        }
        assertTrue(nothing > 10_000 && something > 10_000, nothing + " refused, " + something + " read");
    }

    private static void damage(StringBuilder line, Random random) {
        String alphabet = "0123456789ABCDEFabcdefxX:-+. \t\0\u0660\uff11\u00e9";
        char letter = alphabet.charAt(random.nextInt(alphabet.length()));
        int at = random.nextInt(line.length() + 1);
        switch (random.nextInt(5)) {
            case 0 -> line.insert(at, letter);
            case 1 -> line.delete(at, Math.min(line.length(), at + 1 + random.nextInt(20)));
            case 2 -> line.setLength(at);
            case 3 -> line.insert(at, line.substring(random.nextInt(at + 1), at));
            default -> {
                if (at < line.length()) {
                    line.setCharAt(at, letter);
                }
            }
        }
        if (line.isEmpty()) {
            line.append(letter);
        }
    }

    /** Writes the entry as the kernel does and looks for it in the line. */
    private static void assertStandsIn(String line, ProcNet.Entry entry) {
        String[] fields = line.strip().split(" +");
        assertTrue(fields[1].equalsIgnoreCase(printed(entry.local())), line);
        assertTrue(fields[2].equalsIgnoreCase(printed(entry.peer())), line);
        assertTrue(
                fields[4].equalsIgnoreCase(String.format("%08X:%08X", entry.transmitQueue(), entry.receiveQueue())),
                line);
        assertEquals(Integer.toUnsignedString(entry.uid()), fields[7].replaceFirst("^0+(?=.)", ""), line);
        assertEquals(Long.toUnsignedString(entry.inode()), fields[9].replaceFirst("^0+(?=.)", ""), line);
    }

    private static String printed(Sockaddr address) {
        if (address instanceof Sockaddr.Inet inet) {
            return String.format("%08X:%04X", Integer.reverseBytes(inet.address()), inet.port());
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) address;
        return String.format(
                "%08X%08X%08X%08X:%04X",
                Integer.reverseBytes((int) (inet6.high() >>> 32)),
                Integer.reverseBytes((int) inet6.high()),
                Integer.reverseBytes((int) (inet6.low() >>> 32)),
                Integer.reverseBytes((int) inet6.low()),
                inet6.port());
    }

    @Test
    void damagedLinesAreCounted(@TempDir Path directory) throws IOException {
        Files.writeString(
                directory.resolve("tcp"),
                "  sl  local_address ...\n" + LISTENER + "\n" + LISTENER.substring(0, 60) + "\n\n" + TIME_WAIT + "\n"
                        + LISTENER.replace(":1F90", ":1F91").replace("152609", "152610") + "\n",
                StandardCharsets.ISO_8859_1);
        List<Long> others = new ArrayList<>();
        ProcNet.Listing listing = new ProcNet(LITTLE, directory).read(ProcNet.Table.TCP, 8080, others::add);
        assertEquals(1, listing.entries().size());
        assertEquals(2, listing.damaged());
        assertEquals(List.of(152610L), others, "the other port's, and not the one that has none");
    }

    @Test
    void aKernelWithoutIpv6HasNoIpv6Sockets(@TempDir Path directory) throws IOException {
        assertEquals(
                List.of(),
                new ProcNet(LITTLE, directory)
                        .read(ProcNet.Table.TCP6, 80, inode -> {})
                        .entries());
    }

    @Test
    void thisKernelsListsShowAListenerOfThisProcess() throws IOException {
        Abi abi = Abi.host();
        assumeTrue(abi.platform().linux(), "/proc/net is Linux's");
        assertEquals(ByteOrder.nativeOrder(), abi.order());
        for (Sockaddr address : Loopback.addresses()) {
            try (NativeSocket socket = NativeSocket.open(new JnrSyscalls(), address.family(), Const.SOCK_STREAM)) {
                socket.bind(address);
                socket.listen(1);
                Sockaddr local = socket.localAddress();
                ProcNet.Table table = address.family() == Const.AF_INET ? ProcNet.Table.TCP : ProcNet.Table.TCP6;
                ProcNet.Listing listing = Proc.ofHost().sockets(abi).read(table, local.port(), inode -> {});
                assertEquals(0, listing.damaged());
                // A connection of somebody else's may have the same local port.
                ProcNet.Entry entry = listing.entries().stream()
                        .filter(each -> each.state() == SocketState.LISTEN)
                        .filter(each -> each.local().equals(local))
                        .findFirst()
                        .orElseThrow();
                String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket.fd()))
                        .toString();
                assertEquals("socket:[" + entry.inode() + "]", link);
            }
        }
    }

    private static ProcNet.Entry parsed(Abi abi, ProcNet.Table table, String line) {
        return ProcNet.parse(abi, table, line).orElseThrow();
    }
}
