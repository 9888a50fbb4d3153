package dev.reuseport.print.report;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's chromium, without a window. */
record Browser(Path program) {
    private static final long PATIENCE_SECONDS = 120;
    /** A window of chromium's has 500 pixels at least; a frame has any width. */
    private static final String FRAME = """
            <!DOCTYPE html><title>not measured</title><body>
            <iframe width="WIDTH" height="900" style="border:0" srcdoc="PAGE"></iframe>
            <script>onload = () => {
              const shown = document.querySelector("iframe");
              for (const each of shown.contentDocument.querySelectorAll("details")) each.open = true;
              document.title = shown.contentWindow.innerWidth + " " + shown.contentDocument.documentElement.scrollWidth;
            }</script></body>
            """;

    /** How wide the window was, and what is in it. */
    record Seen(int window, int content, List<String> console) {}

    static Optional<Browser> installed() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "chromium"))
                .filter(Files::isExecutable)
                .map(Browser::new)
                .findFirst();
    }

    /** Shows a page, with all that folds open. */
    Seen show(String page, int width, Path scratch) throws IOException, InterruptedException {
        String escaped = page.replace("&", "&amp;").replace("\"", "&quot;");
        Path file = Files.writeString(
                scratch.resolve("page.html"),
                FRAME.replace("WIDTH", Integer.toString(width)).replace("PAGE", escaped));
        Path dom = scratch.resolve("dom");
        Path log = scratch.resolve("log");
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--user-data-dir=" + Files.createTempDirectory(scratch, "profile"),
                "--window-size=1600,1000",
                "--dump-dom",
                file.toUri().toString()));
        Process process = new ProcessBuilder(command)
                .redirectOutput(dom.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "chromium does not end");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String shown = Files.readString(dom);
        String[] widths = shown.substring(shown.indexOf("<title>") + "<title>".length(), shown.indexOf("</title>"))
                .split(" ");
        List<String> console = Files.readAllLines(log).stream()
                .filter(line -> line.contains("CONSOLE"))
                // The browser's own pages: where there is no network it complains about their fonts.
                .filter(line -> !line.contains("source: chrome://"))
                .toList();
        return new Seen(Integer.parseInt(widths[0]), Integer.parseInt(widths[1]), console);
    }
}
