package dev.reuseport.print.group;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.group.Member;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The same picture in pixels. Loaded only when one is asked for: nothing else here needs AWT, which a Java runtime may lack. */
final class SpreadPng {
    private SpreadPng() {}

    static void write(SpreadCount result, String title, OutputStream out) throws IOException {
        System.setProperty("java.awt.headless", "true");
        ChartEncoder.saveChart(chart(result, title), out, "png");
    }

    private static CategoryChart chart(SpreadCount result, String title) {
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
                .title(title)
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
}
