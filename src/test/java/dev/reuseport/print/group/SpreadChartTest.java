package dev.reuseport.print.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.SpreadPlan;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.socket.Mode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class SpreadChartTest {
    private static final int ACCEPTED = 0xff2b6ca3;
    private static final int QUEUED = 0xffd9822b;

    @TempDir
    private Path folder;

    private static SpreadCount result() {
        Sockaddr address = new Sockaddr.Inet(0x7f000001, 60001);
        SpreadPlan plan = new SpreadPlan(
                Mode.NATIVE,
                address,
                2,
                300,
                false,
                1,
                Optional.empty(),
                false,
                Duration.ZERO,
                new OwnProgram(List.of()));
        return new SpreadCount(
                plan,
                address,
                Duration.ZERO,
                List.of(
                        new Member(0, OptionalLong.empty(), 200, true, Optional.empty()),
                        new Member(1, OptionalLong.empty(), 100, false, Optional.empty())),
                300,
                new TreeMap<>(),
                List.of(),
                Optional.empty());
    }

    private Path draw(String name) throws IOException {
        Path file = folder.resolve(name);
        try {
            SpreadChart.write(result(), file);
        } catch (IOException e) {
            Assumptions.abort("fonts, and a Java that can draw: " + e.getMessage());
        }
        return file;
    }

    private static long pixels(BufferedImage image, int colour) {
        long found = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                found += image.getRGB(x, y) == colour ? 1 : 0;
            }
        }
        return found;
    }

    @Test
    void aPngHasABarTwiceAsHighForTwiceAsMany() throws IOException {
        BufferedImage image = ImageIO.read(draw("spread.png").toFile());
        assertNotNull(image);
        double ratio = (double) pixels(image, QUEUED) / pixels(image, ACCEPTED);
        assertEquals(2.0, ratio, 0.1);
    }

    /** Read by a parser of XML. */
    @Test
    void anSvgHasABarTwiceAsHighForTwiceAsMany() throws Exception {
        Path file = folder.resolve("spread.SVG");
        SpreadChart.write(result(), file);
        NodeList all = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getElementsByTagName("rect");
        List<Element> bars = IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .filter(each -> each.hasChildNodes())
                .toList();
        assertEquals(
                List.of("#d9822b", "#2b6ca3"),
                bars.stream().map(bar -> bar.getAttribute("fill")).toList());
        assertEquals(
                List.of("0: 200", "1: 100"),
                bars.stream().map(bar -> bar.getTextContent()).toList());
        double[] heights = bars.stream()
                .mapToDouble(bar -> Double.parseDouble(bar.getAttribute("height")))
                .toArray();
        assertEquals(2.0, heights[0] / heights[1], 0.001);
    }

    @Test
    void theNameSaysWhatToDraw() {
        assertTrue(SpreadChart.draws(Path.of("a.png")));
        assertTrue(SpreadChart.draws(Path.of("a.b.SVG")));
        assertFalse(SpreadChart.draws(Path.of("a.gif")));
        assertFalse(SpreadChart.draws(Path.of("png")));
    }
}
