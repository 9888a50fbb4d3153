package dev.reuseport.bind.explain;

import dev.reuseport.proc.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** As /proc, but with the network of the thread that reads it, and with no process but this one. */
final class ProcOfThread implements AutoCloseable {
    private final Path folder;
    private final Map<String, String> links = new LinkedHashMap<>();

    ProcOfThread() throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        for (String same : new String[] {"self", "thread-self", "sys", "version", pid}) {
            links.put(same, same);
        }
        links.put("net", "thread-self/net");
        folder = Files.createTempDirectory("proc");
        for (Map.Entry<String, String> link : links.entrySet()) {
            Files.createSymbolicLink(folder.resolve(link.getKey()), Path.of("/proc", link.getValue()));
        }
    }

    Proc proc() {
        return new Proc(folder);
    }

    @Override
    public void close() throws IOException {
        for (String name : links.keySet()) {
            Files.delete(folder.resolve(name));
        }
        Files.delete(folder);
    }
}
