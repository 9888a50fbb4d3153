package dev.reuseport.print.group;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.group.Uniformity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The counts as a picture. */
public final class SpreadChart {
    private SpreadChart() {}

    /** Tells whether a file's name says what to draw. */
    public static boolean draws(Path file) {
        return List.of("svg", "png").contains(extension(file));
    }

    private static String extension(Path file) {
        String name = file.toString();
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** Draws into {@code file}. */
    public static void write(SpreadCount result, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            if (extension(file).equals("svg")) {
                out.write(SpreadSvg.of(result, title(result)).getBytes(StandardCharsets.UTF_8));
            } else {
                SpreadPng.write(result, title(result), out);
            }
        } catch (FileSystemException e) {
            throw new IOException("the chart cannot be written: " + e, e);
        } catch (NoClassDefFoundError e) {
            throw new IOException("this Java runtime has no java.desktop, which a PNG needs: name the chart .svg", e);
        } catch (LinkageError | IllegalStateException | NullPointerException | InternalError e) {
            // AWT's ways to say that this Java runtime is a headless one, or that no font is installed.
            throw new IOException("no chart can be drawn here, are fonts installed? (" + e + ")", e);
        }
    }

    private static String title(SpreadCount result) {
        String chosen =
                result.plan().steer().map(steer -> ", steered: " + steer).orElse("");
        return result.made() + " connections over " + result.members().size() + " members" + chosen
                + result.uniformity()
                        .map(Uniformity::pValue)
                        .map(p -> String.format(Locale.ROOT, ", p = %.2g", p))
                        .orElse("");
    }
}
