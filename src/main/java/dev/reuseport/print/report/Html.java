package dev.reuseport.print.report;

import dev.reuseport.sys.Printable;
import java.util.List;
import java.util.stream.Stream;

/** A page that is written from top to bottom. Whatever comes from elsewhere is text, and escaped. */
final class Html {
    private static final String STYLE = """
            :root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--line:#d9dee5;--bar:#2b6ca3;
            --good:#1d7a46;--bad:#b3261e;--none:#8a6d00;--card:#f5f7fa}
            @media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a3aebd;--paper:#14181e;--line:#343c48;--bar:#6cb0e8;
            --good:#62c98e;--bad:#ff8a80;--none:#e0bd4f;--card:#1c222b}}
            *{box-sizing:border-box}
            body{margin:0 auto;padding:1rem;max-width:72rem;color:var(--ink);background:var(--paper);
            font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
            h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1rem 0 .4rem}
            p{margin:.3rem 0}.soft{color:var(--soft)}
            ul.first{list-style:none;margin:.6rem 0;padding:.4rem .8rem;background:var(--card);border:1px solid var(--line);
            border-radius:.5rem}ul.first li{padding:.25rem 0 .25rem 1.7rem;text-indent:-1.7rem}
            .mark{display:inline-block;width:1.7rem;text-indent:0;font-weight:700}
            .good{color:var(--good)}.bad{color:var(--bad)}.none{color:var(--none)}
            details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:0 .7rem}
            details[open]{padding-bottom:.6rem}
            summary{cursor:pointer;padding:.5rem 0;font-weight:600}summary .soft{font-weight:400}
            .wide{overflow-x:auto}th{white-space:nowrap}
            table{border-collapse:collapse;width:100%;font-size:.85rem}
            th,td{text-align:left;vertical-align:top;padding:.2rem .7rem .2rem 0;border-bottom:1px solid var(--line)}
            td{font-family:ui-monospace,monospace;overflow-wrap:normal}td.say{font-family:inherit;min-width:7rem;overflow-wrap:anywhere}
            td.long{overflow-wrap:anywhere;min-width:9rem}
            svg{display:block;max-width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
            svg rect{fill:var(--bar)}
            @media print{details::details-content{content-visibility:visible!important;block-size:auto!important}body{font-size:11px;max-width:none}details{break-inside:avoid-page;border:0;padding:0}}
            """;

    private static final int LONG_WORD = 30;
    private static final int WIDTH = 360;
    private static final int NAME = 84;
    private static final int LONGEST = 160;
    private static final int ROW = 20;
    private static final int THICK = 16;
    private static final int BASELINE = 14;

    private final StringBuilder page = new StringBuilder();

    /** Begins a page. */
    Html(String title) {
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
                .append("<link rel=\"icon\" href=\"data:,\">\n<title>")
                .append(escaped(title))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head>\n<body>\n");
        element("h1", "", title);
    }

    /** Returns text as it may stand between tags, and in an attribute's quotes. */
    static String escaped(String text) {
        return new Printable(text)
                .toString()
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** Writes an element that holds text; an empty class is none. */
    Html element(String name, String style, String text) {
        page.append('<').append(name);
        if (!style.isEmpty()) {
            page.append(" class=\"").append(style).append('"');
        }
        page.append('>').append(escaped(text)).append("</").append(name).append(">\n");
        return this;
    }

    /** Begins what folds open. */
    Html fold(String title, String more) {
        page.append("<details><summary>")
                .append(escaped(title))
                .append(" <span class=\"soft\">")
                .append(escaped(more))
                .append("</span></summary>\n");
        return this;
    }

    Html endFold() {
        page.append("</details>\n");
        return this;
    }

    /** Writes a line of the list that comes first. */
    Html marked(String style, String mark, String text) {
        page.append("<li><span class=\"mark ")
                .append(style)
                .append("\">")
                .append(escaped(mark))
                .append("</span>")
                .append(escaped(text))
                .append("</li>\n");
        return this;
    }

    Html beginFirst() {
        page.append("<ul class=\"first\">\n");
        return this;
    }

    Html endFirst() {
        page.append("</ul>\n");
        return this;
    }

    /** Writes a table whose last column is prose. */
    Html table(List<String> head, List<List<String>> rows) {
        page.append("<div class=\"wide\"><table><thead><tr>");
        head.forEach(cell -> page.append("<th>").append(escaped(cell)).append("</th>"));
        page.append("</tr></thead><tbody>\n");
        for (List<String> row : rows) {
            page.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                boolean wraps = Stream.of(row.get(i).split(" ")).anyMatch(word -> word.length() > LONG_WORD);
                page.append(wraps ? "<td class=\"long\">" : i == row.size() - 1 ? "<td class=\"say\">" : "<td>")
                        .append(wraps ? breakable(escaped(row.get(i))) : escaped(row.get(i)))
                        .append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</tbody></table></div>\n");
        return this;
    }

    /** A long name breaks, where there is no room for it, behind what joins its parts. */
    private static String breakable(String escaped) {
        return escaped.replaceAll("[._/]", "$0<wbr>");
    }

    /** Draws a bar for each value, with its name and what is written behind it. */
    Html bars(String title, List<Bar> bars) {
        double most = bars.stream().mapToDouble(Bar::value).max().orElse(0);
        int height = bars.size() * ROW;
        page.append("<svg role=\"img\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(height)
                .append("\" width=\"")
                .append(WIDTH)
                .append("\"><title>")
                .append(escaped(title))
                .append("</title>\n");
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            long width = most == 0 ? 0 : Math.round(LONGEST * bar.value() / most);
            page.append("<text x=\"0\" y=\"")
                    .append(i * ROW + BASELINE)
                    .append("\">")
                    .append(escaped(bar.name()));
            page.append("</text><rect x=\"").append(NAME).append("\" y=\"").append(i * ROW + 2);
            page.append("\" width=\"")
                    .append(width)
                    .append("\" height=\"")
                    .append(THICK)
                    .append("\"/><text x=\"");
            page.append(NAME + width + 2 + 2)
                    .append("\" y=\"")
                    .append(i * ROW + BASELINE)
                    .append("\">");
            page.append(escaped(bar.label())).append("</text>\n");
        }
        page.append("</svg>\n");
        return this;
    }

    /** One bar of a chart. */
    record Bar(String name, double value, String label) {}

    /** Ends the page and returns it. */
    String end() {
        return page.append("</body></html>\n").toString();
    }
}
