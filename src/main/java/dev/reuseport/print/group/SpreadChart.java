package dev.reuseport.print.group;

import dev.reuseport.experiment.DatagramSpreadCount;
import dev.reuseport.experiment.RunningSpread;
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
import java.util.Optional;

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

    /** Draws what a spread counted into {@code file}. */
    public static void write(SpreadCount result, Path file) throws IOException {
        String chosen =
                result.plan().steer().map(steer -> ", steered: " + steer).orElse("");
        write(
                new SpreadPicture(
                        result.made() + " connections over " + result.members().size() + " members" + chosen
                                + verdict(result.uniformity()),
                        "member",
                        "connections",
                        result.members().stream()
                                .map(each -> new SpreadPicture.Bar(
                                        Integer.toString(each.index()),
                                        each.busy() ? 0 : each.connections(),
                                        each.busy() ? each.connections() : 0))
                                .toList()),
                file);
    }

    /** Draws which process of a server that runs got how many. */
    public static void write(RunningSpread.Count result, Path file) throws IOException {
        write(
                new SpreadPicture(
                        result.made() + " connections to " + result.address() + verdict(result.uniformity()),
                        "process",
                        "connections",
                        result.members().stream()
                                .map(each -> new SpreadPicture.Bar(
                                        Integer.toString(each.process().pid()), each.accepted(), each.queued()))
                                .toList()),
                file);
    }

    /** Draws of how many sources each member got datagrams. */
    public static void write(DatagramSpreadCount result, Path file) throws IOException {
        write(
                new SpreadPicture(
                        result.sources() + " sources to " + result.members().size() + " members"
                                + verdict(result.uniformity()),
                        "member",
                        "sources",
                        result.members().stream()
                                .map(each -> new SpreadPicture.Bar(Integer.toString(each.index()), each.sources(), 0))
                                .toList()),
                file);
    }

    private static void write(SpreadPicture picture, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            if (extension(file).equals("svg")) {
                out.write(SpreadSvg.of(picture).getBytes(StandardCharsets.UTF_8));
            } else {
                SpreadPng.write(picture, out);
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

    private static String verdict(Optional<Uniformity> uniformity) {
        return uniformity
                .map(Uniformity::pValue)
                .map(p -> String.format(Locale.ROOT, ", p = %.2g", p))
                .orElse("");
    }
}
