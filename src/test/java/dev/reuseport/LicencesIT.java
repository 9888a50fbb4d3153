package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What the executable jar says of the licences of what is in it. */
final class LicencesIT {
    private static final Pattern THIRD_PARTY = Pattern.compile("(?m)^ +\\(([^)]+)\\).* \\(([^: ]+):([^: ]+):");

    private static ZipFile jar() throws IOException {
        return new ZipFile(Launched.launcher().resolveSibling("reuseport.jar").toFile());
    }

    private static String text(ZipFile jar, String name) throws IOException {
        assertNotNull(jar.getEntry(name), name);
        return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void theTextOfEachLicenceIsInTheJar() throws IOException {
        try (ZipFile jar = jar()) {
            assertTrue(text(jar, "META-INF/LICENSE").contains("Apache License"));
            Set<String> named = new TreeSet<>();
            Matcher each = THIRD_PARTY.matcher(text(jar, "META-INF/THIRD-PARTY.txt"));
            while (each.find()) {
                named.add(each.group(1));
            }
            assertTrue(named.remove("Apache-2.0"), named::toString);
            assertFalse(named.isEmpty());
            for (String licence : named) {
                assertFalse(text(jar, "META-INF/licenses/" + licence + ".txt").isBlank());
            }
        }
    }

    /** Each folder of classes belongs to a library that is named. */
    @Test
    void whatIsInTheJarIsNamed() throws IOException {
        try (ZipFile jar = jar()) {
            Set<String> folders = new TreeSet<>();
            jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
                    .forEach(name -> folders.add(name.replaceFirst("^((?:com|org|dev)/[^/]+|[^/]+)/.*", "$1")));
            assertEquals(
                    Set.of(
                            "com/google",
                            "com/kenai",
                            "dev/reuseport",
                            "jnr",
                            "org/HdrHistogram",
                            "org/apache",
                            "org/knowm",
                            "org/objectweb",
                            "picocli"),
                    folders);
        }
    }
}
