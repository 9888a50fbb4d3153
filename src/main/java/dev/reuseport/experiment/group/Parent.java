package dev.reuseport.experiment.group;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/**
 * The process that started this one as a {@link Child}, and holds the other end of its stdin. However that process ends,
 * SIGKILL included, stdin ends with it, on every system. What it says there is one line: that a busy receiver may accept.
 */
public final class Parent {
    /** Tells a process that it has one; without it stdin means nothing. */
    public static final String OPTION = "--parent-on-stdin";

    private final CountDownLatch released = new CountDownLatch(1);

    /** Reads what it says on a thread of its own, and runs {@code onEnd} there when it has ended. */
    public void watch(InputStream stdin, Runnable onEnd) {
        Thread watching = new Thread(() -> read(stdin, onEnd), "parent");
        watching.setDaemon(true);
        watching.start();
    }

    private void read(InputStream stdin, Runnable onEnd) {
        try {
            while (stdin.read() >= 0) {
                release();
            }
        } catch (IOException e) {
            // A pipe that cannot be read has nobody at its other end.
        }
        onEnd.run();
    }

    /** Waits until a busy receiver may accept. */
    public void awaitRelease() throws InterruptedException {
        released.await();
    }

    /** Lets a busy receiver accept, as the parent's line does. */
    public void release() {
        released.countDown();
    }
}
