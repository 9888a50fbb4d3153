package dev.reuseport.sys;

import com.kenai.jffi.internal.StubLoader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import jnr.ffi.Platform;

/**
 * jffi's native part, loaded before jffi looks for it: left to itself, jffi takes it from the working directory where the
 * folder for temporary files is mounted noexec, and then whoever may rename files there chooses what this process runs.
 *
 * <p>It lies beside the jar, where the launcher says so by {@code jffi.boot.library.path}. Else, or where that does not let
 * it be run, it is laid out in a new folder that goes at once: below {@code java.io.tmpdir}, XDG_RUNTIME_DIR or the user's
 * home, whichever comes first of those that nobody else can change and that let it be run.
 */
public final class JffiLibrary {
    private static final String PROVIDER = "jnr.ffi.provider";
    private static final String FOLDER = "jffi.boot.library.path";
    private static final Platform PLATFORM = platform();
    private static final boolean DARWIN = PLATFORM.getOS() == Platform.OS.DARWIN;
    private static final String NAME = DARWIN ? "libjffi-1.2.jnilib" : System.mapLibraryName("jffi-1.2");

    /** S_ISVTX, S_IWGRP and S_IWOTH, which POSIX gives these values ({@code sys_stat.h}). */
    private static final int STICKY = 01000;

    private static final int WRITABLE_BY_OTHERS = 022;

    private JffiLibrary() {}

    /**
     * Asks jnr for the platform. It looks first for a class whose name begins with this property's value, and a class that
     * is not there has all of the jar opened, a fifth of a start; a name with a slash is no class's, and looked for nowhere.
     */
    private static Platform platform() {
        String provider = System.getProperty(PROVIDER);
        System.setProperty(PROVIDER, "/");
        try {
            return Platform.getNativePlatform();
        } finally {
            if (provider == null) {
                System.clearProperty(PROVIDER);
            } else {
                System.setProperty(PROVIDER, provider);
            }
        }
    }

    /**
     * Loads it, once for all bindings; where jffi brings none for this system, jffi looks for one on its own. To be called
     * before anything else of jnr: of two copies, one would save an errno and the other be asked for it.
     *
     * @throws UnsatisfiedLinkError if no folder will do; says what is wrong with each, and the way out
     */
    public static void load() {
        Loaded.byItsInitializer();
    }

    private static final class Loaded {
        static {
            String folder = System.getProperty(FOLDER);
            boolean besideTheJar = folder != null && refusal(Path.of(folder)).isEmpty();
            if (!besideTheJar && isPacked()) {
                loadBelow(Stream.of(
                                System.getProperty("java.io.tmpdir"),
                                System.getenv("XDG_RUNTIME_DIR"),
                                System.getProperty("user.home"))
                        // A relative one is nobody's: the XDG specification has it ignored.
                        .filter(parent -> parent != null && Path.of(parent).isAbsolute())
                        .toList());
            }
        }

        static void byItsInitializer() {
            // once, whoever calls how often
        }
    }

    /** Lays it out in a folder and has this process take it from there; does nothing where jffi brings none. */
    public static void layOut(Path folder) throws IOException {
        if (isPacked()) {
            try (InputStream packed = JffiLibrary.class.getResourceAsStream(resource())) {
                Files.copy(packed, folder.resolve(NAME));
            }
            System.setProperty(FOLDER, folder.toString());
        }
    }

    private static boolean isPacked() {
        return JffiLibrary.class.getResource(resource()) != null;
    }

    /** Where it lies in the jar. Not asked of jffi, which loads it to find out. */
    static String resource() {
        String folder = DARWIN ? "Darwin" : PLATFORM.getCPU() + "-" + System.getProperty("os.name");
        return "/jni/" + folder + "/" + NAME;
    }

    private static void loadBelow(List<String> parents) {
        List<String> refusals = new ArrayList<>();
        for (String parent : parents) {
            String refusal = loadBelow(parent);
            if (refusal.isEmpty()) {
                return;
            }
            refusals.add(parent + ": " + refusal);
        }
        throw new UnsatisfiedLinkError("it must be laid out in a folder and run from there, and none will do ("
                + String.join("; ", refusals) + "). Name another by JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER");
    }

    /** Loads it from a new folder, which is gone afterwards; returns what kept it from that, or nothing. */
    private static String loadBelow(String parent) {
        try {
            Path made = Files.createTempDirectory(Path.of(parent).toRealPath(), "reuseport-");
            try {
                String refusal = distrust(made);
                if (refusal.isEmpty()) {
                    layOut(made);
                    refusal = refusal(made);
                }
                // jffi loads it by its name once more, which the JVM knows for the same; then the file is not needed.
                return refusal.isEmpty() && !StubLoader.isLoaded() ? "jffi does not load it" : refusal;
            } finally {
                Files.deleteIfExists(made.resolve(NAME));
                Files.deleteIfExists(made);
            }
        } catch (NoSuchFileException | InvalidPathException e) {
            return "there is no such folder";
        } catch (IOException e) {
            return "it cannot be written";
        }
    }

    /** Loads it from a folder where it lies; returns the loader's words if that is refused, or nothing. */
    private static String refusal(Path folder) {
        Path file = folder.resolve(NAME).toAbsolutePath();
        try {
            System.load(file.toString());
            return "";
        } catch (UnsatisfiedLinkError e) {
            String said = String.valueOf(e.getMessage()).replace(file + ": ", "");
            return said.contains("failed to map segment") ? "it is mounted noexec" : said;
        }
    }

    /**
     * Says what lets others change what lies in a folder of this process's own: it and all above it must belong to the same
     * user, or to the owner of the root folder, and be writable by nobody else, or be sticky, which keeps others from
     * renaming what is not theirs.
     *
     * @return nothing if nobody else can change it
     */
    static String distrust(Path own) throws IOException {
        Path folder = own.toRealPath();
        if (folder.toString().contains(File.pathSeparator)) {
            return "its name has a " + File.pathSeparator;
        }
        Set<Object> trusted = Set.copyOf(
                List.of(Files.getAttribute(folder, "unix:uid"), Files.getAttribute(folder.getRoot(), "unix:uid")));
        for (Path at = folder; at != null; at = at.getParent()) {
            int mode = (int) Files.getAttribute(at, "unix:mode");
            if (!trusted.contains(Files.getAttribute(at, "unix:uid"))) {
                return at + " is another user's";
            }
            if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
                return "others may write to " + at;
            }
        }
        return "";
    }
}
