package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.inspect.SocketHolders.Held;
import dev.reuseport.proc.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are folders of links. */
class SocketHoldersTest {
    private static final long[] NONE = {};

    @TempDir
    private Path root;

    private SocketHolders holders;

    @BeforeEach
    void nothingSeen() {
        holders = new SocketHolders(new Proc(root));
    }

    private void has(int pid, int fd, String target) throws IOException {
        Path link = root.resolve(pid + "/fd/" + fd);
        Files.createDirectories(link.getParent());
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(target));
    }

    private void has(int pid, int fd, long inode) throws IOException {
        has(pid, fd, "socket:[" + inode + "]");
    }

    private void closes(int pid, int fd) throws IOException {
        Files.delete(root.resolve(pid + "/fd/" + fd));
    }

    private void exits(int pid) throws IOException {
        try (Stream<Path> all = Files.walk(root.resolve(Integer.toString(pid)))) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void whoHasASocketIsFoundAmongAllProcesses() throws IOException {
        has(10, 0, "/dev/null");
        has(10, 3, 100);
        has(20, 5, 100);
        has(30, 4, 200);
        has(30, 5, 999);
        holders.look(new long[] {100}, new long[] {200, 300, 0});
        assertEquals(List.of(new Held(10, 3), new Held(20, 5)), holders.of(100));
        assertEquals(List.of(new Held(30, 4)), holders.of(200));
        assertEquals(List.of(), holders.of(300));
        assertEquals(List.of(), holders.of(999));
        assertFalse(holders.fresh(0), "at the first look nothing is known to be new");
    }

    @Test
    void aConnectionThatComesLaterIsFresh() throws IOException {
        has(10, 3, 100);
        has(10, 4, 200);
        holders.look(new long[] {100}, new long[] {200});
        has(10, 5, 201);
        holders.look(new long[] {100}, new long[] {200, 201});
        assertEquals(List.of(new Held(10, 5)), holders.of(201));
        assertEquals(List.of(new Held(10, 4)), holders.ofConnection(0));
        assertEquals(List.of(new Held(10, 5)), holders.ofConnection(1));
        assertFalse(holders.fresh(0));
        assertTrue(holders.fresh(1));
        holders.look(new long[] {100}, new long[] {200, 201});
        assertFalse(holders.fresh(1));
    }

    @Test
    void aDescriptorThatIsAnotherSocketByNowIsReadAgain() throws IOException {
        has(10, 3, 100);
        has(10, 4, 200);
        holders.look(new long[] {100}, new long[] {200});
        has(10, 4, 201);
        holders.look(new long[] {100}, new long[] {201});
        assertEquals(List.of(), holders.of(200));
        assertEquals(List.of(new Held(10, 4)), holders.of(201));
    }

    @Test
    void aListenerThatOneClosesIsTheOthersAlone() throws IOException {
        has(10, 3, 100);
        has(20, 3, 100);
        holders.look(new long[] {100}, NONE);
        closes(20, 3);
        holders.look(new long[] {100}, NONE);
        assertEquals(List.of(new Held(10, 3)), holders.of(100));
        exits(10);
        holders.look(new long[] {100}, NONE);
        assertEquals(List.of(), holders.of(100));
    }

    @Test
    void aProcessThatComesLaterIsLookedIntoTwice() throws IOException {
        has(10, 3, 100);
        holders.look(new long[] {100}, NONE);
        has(20, 3, 100);
        holders.look(new long[] {100}, NONE);
        assertEquals(List.of(new Held(10, 3), new Held(20, 3)), holders.of(100));
        has(20, 4, 100);
        holders.look(new long[] {100}, NONE);
        assertEquals(List.of(new Held(10, 3), new Held(20, 3), new Held(20, 4)), holders.of(100));
    }

    @Test
    void aConnectionThatWasHandedToAProcessWithoutAnyIsFoundAtTheLookAfter() throws IOException {
        has(10, 3, 100);
        has(20, 0, "/dev/null");
        holders.look(new long[] {100}, NONE);
        has(20, 7, 200);
        holders.look(new long[] {100}, new long[] {200});
        assertEquals(List.of(), holders.of(200), "it might be over by now");
        holders.look(new long[] {100}, new long[] {200});
        assertEquals(List.of(new Held(20, 7)), holders.of(200));
    }

    @Test
    void ofVeryManyDescriptorsAllAreLookedAtWhileSomethingLacks() throws IOException {
        has(10, 3, 100);
        for (int fd = 0; fd < 1_500; fd++) {
            has(20, fd, 1_000 + fd);
        }
        long[] connections = new long[1_500];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = 1_000 + i;
        }
        holders.look(new long[] {100}, connections);
        for (int i = 0; i < connections.length; i++) {
            assertEquals(List.of(new Held(20, i)), holders.of(1_000 + i));
        }
    }
}
