package dev.reuseport.bind.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The files that bind made of the names of AF_UNIX sockets: closing such a socket leaves its file behind. */
final class UnixFiles {
    /** By its path what tells a file from another at the same place. */
    private final Map<Path, Object> made = new HashMap<>();

    /** Notes that a bind to a name went well; an abstract one has no file. */
    void bound(String name) throws IOException {
        if (!name.startsWith("@")) {
            Path path = Path.of(name);
            made.put(path, key(path));
        }
    }

    private static Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Removes those that are still where they were made, and nothing that somebody else has put there. */
    void remove() throws IOException {
        for (Map.Entry<Path, Object> each : made.entrySet()) {
            try {
                if (Objects.equals(each.getValue(), key(each.getKey()))) {
                    Files.delete(each.getKey());
                }
            } catch (NoSuchFileException e) {
                // gone already
            }
        }
        made.clear();
    }
}
