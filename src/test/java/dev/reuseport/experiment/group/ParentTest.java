package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ParentTest {
    private final Parent parent = new Parent();
    private final CountDownLatch end = new CountDownLatch(1);

    @Test
    void aLineReleasesAndTheEndEnds() throws Exception {
        try (PipedOutputStream held = new PipedOutputStream()) {
            parent.watch(new PipedInputStream(held), end::countDown);
            held.write('\n');
            held.flush();
            parent.awaitRelease();
            assertEquals(1, end.getCount());
        }
        end.await();
    }

    @Test
    void whatCannotBeReadHasEnded() throws Exception {
        parent.watch(
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("Input/output error");
                    }
                },
                end::countDown);
        end.await();
    }
}
