package dev.reuseport.print.group;

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

    static void write(SpreadPicture picture, OutputStream out) throws IOException {
        System.setProperty("java.awt.headless", "true");
        ChartEncoder.saveChart(chart(picture), out, "png");
    }

    private static CategoryChart chart(SpreadPicture picture) {
        List<String> names = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        List<Integer> accepted = new ArrayList<>();
        for (SpreadPicture.Bar bar : picture.bars()) {
            names.add(bar.name());
            all.add(bar.all());
            accepted.add(bar.accepted());
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(SpreadSvg.WIDTH)
                .height(SpreadSvg.HEIGHT)
                .title(picture.title())
                .xAxisTitle(picture.of())
                .yAxisTitle(picture.counted())
                .theme(ChartTheme.XChart)
                .build();
        chart.getStyler()
                .setOverlapped(true)
                .setAvailableSpaceFill(names.size() > SpreadSvg.MOST_LABELS ? 1.0 : 0.8)
                .setPlotGridVerticalLinesVisible(false)
                .setXAxisMaxLabelCount(SpreadSvg.MOST_LABELS)
                .setYAxisMin(0.0)
                .setLegendVisible(picture.queued())
                .setLegendPosition(LegendPosition.OutsideS)
                .setChartBackgroundColor(Color.WHITE);
        // They overlap: what is queued is what stands out above the accepted.
        if (picture.queued()) {
            chart.addSeries(SpreadSvg.QUEUED_NAME, names, all).setFillColor(new Color(SpreadSvg.QUEUED));
        }
        chart.addSeries(SpreadSvg.ACCEPTED_NAME, names, accepted).setFillColor(new Color(SpreadSvg.ACCEPTED));
        return chart;
    }
}
