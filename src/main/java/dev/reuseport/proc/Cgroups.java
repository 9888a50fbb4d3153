package dev.reuseport.proc;

import dev.reuseport.sys.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tree of cgroups of version 2, as far as it is seen from here (cgroups(7)). The kernel calls a cgroup by the inode of
 * its folder.
 *
 * @param root where it is mounted; empty if it is not
 */
public record Cgroups(Optional<Path> root) {
    /** The path of the cgroup that all others are in. */
    public static final String ROOT = "/";

    private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7]{2})");

    /** Reads from a list of what is mounted where the tree is. */
    static Cgroups of(ProcFile mounts) {
        for (String line : mounts.text().split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > 2 && fields[2].equals("cgroup2")) {
                return new Cgroups(place(fields[1]));
            }
        }
        return new Cgroups(Optional.empty());
    }

    /** Reads a path in which blanks and backslashes are {@code \040} and its like; empty if this JVM cannot name it. */
    private static Optional<Path> place(String field) {
        String path = ESCAPE.matcher(field)
                .replaceAll(found ->
                        Matcher.quoteReplacement(Character.toString(Integer.parseInt(found.group(1), Byte.SIZE))));
        try {
            return Optional.of(Path.of(
                    Printable.of(path.getBytes(StandardCharsets.ISO_8859_1)).text()));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Returns the path of each cgroup below the root, as {@code /system.slice/nginx.service}; those that are not found lack. */
    public Map<Long, String> paths(Set<Long> numbers) {
        Map<Long, String> found = new HashMap<>();
        if (root.isPresent() && !numbers.isEmpty()) {
            find(root.get(), new HashSet<>(numbers), found);
        }
        return found;
    }

    private void find(Path folder, Set<Long> wanted, Map<Long, String> found) {
        try (DirectoryStream<Path> below = Files.newDirectoryStream(folder, Files::isDirectory)) {
            Long number = (Long) Files.getAttribute(folder, "unix:ino");
            if (wanted.remove(number)) {
                found.put(number, ROOT + root.orElseThrow().relativize(folder));
            }
            for (Path each : below) {
                if (wanted.isEmpty()) {
                    return;
                }
                find(each, wanted, found);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It was removed meanwhile, or is closed to us: then what is below it is not found.
        }
    }
}
