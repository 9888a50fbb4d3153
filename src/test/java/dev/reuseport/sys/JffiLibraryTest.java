package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.internal.StubLoader;
import dev.reuseport.Root;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From where jffi's native part may be loaded. */
final class JffiLibraryTest {
    @TempDir
    private Path folder;

    private Path own() throws IOException {
        return Files.createDirectories(folder.toRealPath().resolve("above/own"));
    }

    private static void mode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    @Test
    void itIsTheOneThatJffiWouldTake() {
        JffiLibrary.load();
        assertTrue(JffiLibrary.resource().startsWith("/jni/" + StubLoader.getPlatformName() + "/"));
    }

    @Test
    void aFolderOfOnesOwnIsTrusted() throws IOException {
        assertEquals("", JffiLibrary.distrust(own()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0777, 0720, 0702})
    void whatOthersMayRenameIsNotTrusted(int mode) throws IOException {
        Path own = own();
        mode(own.getParent(), mode);
        assertEquals("others may write to " + own.getParent(), JffiLibrary.distrust(own));
        mode(own.getParent(), mode | 01000);
        assertEquals("", JffiLibrary.distrust(own), "sticky");
        mode(own, mode);
        assertEquals("others may write to " + own, JffiLibrary.distrust(own));
    }

    @Test
    void whatLiesBelowAnotherUsersFolderIsNotTrusted() throws IOException {
        Root.assume("making a folder another user's", Root.Capability.CAP_CHOWN);
        Path own = own();
        for (int mode : List.of(0755, 01777)) {
            Files.setAttribute(own.getParent(), "unix:uid", 12345);
            mode(own.getParent(), mode);
            assertEquals(own.getParent() + " is another user's", JffiLibrary.distrust(own));
        }
    }

    @Test
    void aLinkIsFollowedToWhereItLeads() throws IOException {
        Path own = own();
        Path link = Files.createSymbolicLink(folder.resolve("link"), own.getParent());
        mode(own.getParent(), 0777);
        assertEquals("others may write to " + own.getParent(), JffiLibrary.distrust(link.resolve("own")));
    }

    /** jffi splits what it is told at colons, and would look for the pieces in the working directory. */
    @Test
    void aSeparatorInTheNameIsRefused() throws IOException {
        assertEquals("its name has a :", JffiLibrary.distrust(Files.createDirectory(folder.resolve("a:b"))));
    }
}
