package dev.reuseport.proc;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The container that a process is in, by the name that its runtime gave a cgroup: a scope under systemd's cgroup driver, a
 * folder under cgroupfs's. What watches a container from outside, as conmon, has a cgroup of another name.
 *
 * @param runtime what made it, as Kubernetes calls it; {@code kubepods} where only the pod is known; empty if not known
 * @param id its number of 64 hexadecimal digits, or for lxc and systemd-nspawn its name
 */
public record Container(String runtime, String id) {
    private static final int SHORT = 12;

    private enum Runtime {
        DOCKER("docker", "/docker[-/](\\p{XDigit}{64})"),
        PODMAN("podman", "/libpod-(?:payload-)?(\\p{XDigit}{64})"),
        CRI_O("cri-o", "/crio-(\\p{XDigit}{64})"),
        CONTAINERD("containerd", "(?:/|:)(?:cri-containerd|nerdctl|containerd)[-:](\\p{XDigit}{64})"),
        KUBEPODS("kubepods", "/kubepods[^/]*/(?:[^/]*/)*?pod[^/]*/(\\p{XDigit}{64})"),
        LXC("lxc", "/lxc(?:/|\\.payload[./])([^/]+)"),
        NSPAWN("systemd-nspawn", "/(?:systemd-nspawn@|machine-)([^/]+)\\.(?:service|scope)/payload"),
        OTHER("", "/(\\p{XDigit}{64})");

        private final String id;
        private final Pattern pattern;

        Runtime(String id, String pattern) {
            this.id = id;
            this.pattern = Pattern.compile(pattern + "(?=\\.scope|/|$)");
        }
    }

    /** Reads a path of a cgroup; of containers within others the innermost counts. */
    static Optional<Container> of(String path) {
        Container found = null;
        int at = -1;
        for (Runtime runtime : Runtime.values()) {
            Matcher matcher = runtime.pattern.matcher(path);
            while (matcher.find()) {
                if (matcher.start(1) > at) {
                    at = matcher.start(1);
                    found = new Container(runtime.id, matcher.group(1));
                }
            }
        }
        return Optional.ofNullable(found);
    }

    /** Returns the number as it is mostly shown, cut. */
    public String shortId() {
        return id.matches("\\p{XDigit}{64}") ? id.substring(0, SHORT) : id;
    }

    /** As Kubernetes writes it: {@code docker://} and the whole number. */
    @Override
    public String toString() {
        return runtime.isEmpty() ? id : runtime + "://" + id;
    }
}
