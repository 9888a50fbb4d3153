package dev.reuseport.print.group;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.Uniformity;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The counts as a picture. Loaded only when one is asked for: nothing else here needs AWT, and that a PNG alone. */
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
                System.setProperty("java.awt.headless", "true");
                ChartEncoder.saveChart(chart(result), out, extension(file));
            }
        } catch (FileSystemException e) {
            throw new IOException("the chart cannot be written: " + e, e);
        } catch (LinkageError | IllegalStateException | NullPointerException | InternalError e) {
            // AWT's ways to say that this Java runtime is a headless one, or that no font is installed.
            throw new IOException("no chart can be drawn here, are fonts installed? (" + e + ")", e);
        }
    }

    private static CategoryChart chart(SpreadCount result) {
        List<Integer> indices = new ArrayList<>();
        List<Integer> accepted = new ArrayList<>();
        List<Integer> queued = new ArrayList<>();
        for (Member member : result.members()) {
            indices.add(member.index());
            accepted.add(member.busy() ? 0 : member.connections());
            queued.add(member.busy() ? member.connections() : 0);
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(SpreadSvg.WIDTH)
                .height(SpreadSvg.HEIGHT)
                .title(title(result))
                .xAxisTitle("member")
                .yAxisTitle("connections")
                .theme(ChartTheme.XChart)
                .build();
        chart.getStyler()
                .setOverlapped(true)
                .setAvailableSpaceFill(indices.size() > SpreadSvg.MOST_LABELS ? 1.0 : 0.8)
                .setPlotGridVerticalLinesVisible(false)
                .setXAxisMaxLabelCount(SpreadSvg.MOST_LABELS)
                .setYAxisMin(0.0)
                .setLegendVisible(result.plan().busy() > 0)
                .setLegendPosition(LegendPosition.OutsideS)
                .setChartBackgroundColor(Color.WHITE);
        chart.addSeries("accepted", indices, accepted).setFillColor(new Color(SpreadSvg.ACCEPTED));
        if (result.plan().busy() > 0) {
            chart.addSeries("queued on busy members", indices, queued).setFillColor(new Color(SpreadSvg.QUEUED));
        }
        return chart;
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
