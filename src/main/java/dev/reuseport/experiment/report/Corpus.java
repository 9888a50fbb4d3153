package dev.reuseport.experiment.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The cases of {@code native-notes/bind-rules.md}, as {@code try --file} reads them.
 *
 * @param ofOneUser all sockets belong to whoever runs it
 * @param ofSeveral root runs it, and some sockets belong to others
 */
record Corpus(List<String> ofOneUser, List<String> ofSeveral) {
    private static final String NOTE = "bind-rules.md";
    private static final Pattern OTHER_USER = Pattern.compile("\\buid=\\d");
    private static final Pattern DEVICE_OF_A_TEST = Pattern.compile("\\bv0\\b");

    static Corpus read() throws IOException {
        InputStream note = Corpus.class.getResourceAsStream(NOTE);
        if (note == null) {
            throw new IOException(NOTE + " is not in this build");
        }
        Set<String> ofOneUser = new TreeSet<>();
        Set<String> ofSeveral = new TreeSet<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(note, StandardCharsets.UTF_8))) {
            List<String> block = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("```try")) {
                    block = new ArrayList<>();
                } else if (line.equals("```") && block != null) {
                    String steps = String.join("\n", block);
                    if (!DEVICE_OF_A_TEST.matcher(steps).find()) {
                        (OTHER_USER.matcher(steps).find() ? ofSeveral : ofOneUser).add(steps);
                    }
                    block = null;
                } else if (block != null) {
                    block.add(line.split("#", 2)[0].strip());
                }
            }
        }
        return new Corpus(List.copyOf(ofOneUser), List.copyOf(ofSeveral));
    }
}
