package dev.reuseport.print.group;

import java.util.List;
import java.util.Locale;

/** The counts as SVG 1.1: a bar for each member, a scale, and what the colours mean. Needs neither AWT nor a font. */
final class SpreadSvg {
    static final int WIDTH = 960;
    static final int HEIGHT = 540;
    static final int MOST_LABELS = 16;
    static final int ACCEPTED = 0x2b6ca3;
    static final int QUEUED = 0xd9822b;
    static final String ACCEPTED_NAME = "accepted";
    static final String QUEUED_NAME = "queued on members that do not accept";

    private static final int LEFT = 90;
    private static final int RIGHT = WIDTH - 20;
    private static final int TOP = 50;
    private static final int BOTTOM = HEIGHT - 90;
    private static final int MOST_LINES = 8;
    private static final int[] ROUND = {1, 2, 5};
    private static final int DECADE = 10;

    private final SpreadPicture picture;
    private final StringBuilder svg = new StringBuilder();

    private SpreadSvg(SpreadPicture picture) {
        this.picture = picture;
    }

    static String of(SpreadPicture picture) {
        return new SpreadSvg(picture).draw();
    }

    private String draw() {
        add("<?xml version=\"1.0\" encoding=\"UTF-8\"?>%n");
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\""
                        + " font-family=\"sans-serif\" font-size=\"14\" text-anchor=\"middle\">%n",
                WIDTH, HEIGHT);
        add("<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n");
        add(
                "<text x=\"%d\" y=\"30\" font-size=\"16\" font-weight=\"bold\">%s</text>%n",
                WIDTH / 2, escaped(picture.title()));
        List<SpreadPicture.Bar> members = picture.bars();
        int most = members.stream().mapToInt(SpreadPicture.Bar::all).max().orElse(0);
        long step = step(most);
        long top = Math.max(step, (most + step - 1) / step * step);
        for (long line = 0; line <= top; line += step) {
            double y = y(line, top);
            add("<path d=\"M%d %.1fH%d\" stroke=\"#c8c8c8\"/>%n", LEFT, y, RIGHT);
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d</text>%n", LEFT - 8, y + 5, line);
        }
        double room = (double) (RIGHT - LEFT) / members.size();
        double width = members.size() > MOST_LABELS ? room : 0.8 * room;
        int every = (members.size() + MOST_LABELS - 1) / MOST_LABELS;
        for (int i = 0; i < members.size(); i++) {
            SpreadPicture.Bar member = members.get(i);
            double middle = LEFT + room * (i + 0.5);
            double y = y(member.all(), top);
            double between = y(member.accepted(), top);
            if (member.queued() > 0) {
                bar(middle - width / 2, y, width, between, QUEUED, member.name(), member.queued());
            }
            if (member.accepted() > 0 || member.queued() == 0) {
                bar(middle - width / 2, between, width, BOTTOM, ACCEPTED, member.name(), member.accepted());
            }
            if (i % every == 0) {
                add("<text x=\"%.1f\" y=\"%d\">%s</text>%n", middle, BOTTOM + 20, escaped(member.name()));
            }
        }
        add("<text x=\"%d\" y=\"%d\">%s</text>%n", (LEFT + RIGHT) / 2, BOTTOM + 42, picture.of());
        add("<text transform=\"translate(24 %d) rotate(-90)\">%s</text>%n", (TOP + BOTTOM) / 2, picture.counted());
        if (picture.queued()) {
            legend(LEFT + 250, ACCEPTED, ACCEPTED_NAME);
            legend(LEFT + 400, QUEUED, QUEUED_NAME);
        }
        return add("</svg>%n").toString();
    }

    private void bar(double x, double y, double width, double bottom, int colour, String name, int count) {
        add(
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"><title>%s: %d</title></rect>%n",
                x, y, width, bottom - y, colour, escaped(name), count);
    }

    private void legend(int x, int colour, String text) {
        int y = HEIGHT - 26;
        add("<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"14\" fill=\"#%06x\"/>%n", x, y, colour);
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"start\">%s</text>%n", x + 22, y + 12, text);
    }

    /** A round number of which so many as there are lines reach up to {@code most}. */
    private static long step(int most) {
        for (long decade = 1; ; decade *= DECADE) {
            for (int round : ROUND) {
                if (round * decade * MOST_LINES >= most) {
                    return round * decade;
                }
            }
        }
    }

    private static double y(long connections, long top) {
        return BOTTOM - (double) (BOTTOM - TOP) * connections / top;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private StringBuilder add(String format, Object... values) {
        return svg.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
    }
}
