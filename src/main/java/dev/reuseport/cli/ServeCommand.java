package dev.reuseport.cli;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.cli.help.ExplainHint;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.experiment.group.Parent;
import dev.reuseport.receiver.DatagramReceiver;
import dev.reuseport.receiver.HandedDown;
import dev.reuseport.receiver.NotifySocket;
import dev.reuseport.receiver.Receiver;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.socket.UdpSocket;
import dev.reuseport.socket.Unreachable;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport serve}. */
final class ServeCommand extends Command {
    /** How long a signal waits for the receiver to finish what is queued. */
    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(20);

    private static final Set<String> USUAL = Set.of("127.0.0.1", "::1");

    private final Supplier<Mode> mode =
            mode("native: libc's calls through jnr-ffi. ffm: the same through java.lang.foreign (Java 22)."
                    + " jdk: ServerSocketChannel. Default: ${DEFAULT-VALUE}.");

    private final Supplier<String> address = option(
            String.class,
            "--listen-addr",
            "ADDR",
            "::1",
            "IPv6, IPv4 or a name; fe80::1%%eth0 too. Default: ${DEFAULT-VALUE}.");

    private final Supplier<Integer> port = option(
            int.class,
            "PORT",
            OptionSpec.builder("--listen-port", "--port")
                    .defaultValue("60001")
                    .description("0 lets the kernel choose. Default: ${DEFAULT-VALUE}."));

    private final Supplier<List<Integer>> alone = arguments(
            Integer.class, PositionalParamSpec.builder().paramLabel("PORT").description("The same as --listen-port."));

    private final Supplier<Boolean> withoutReuseport = flag("--without-reuseport", "Do not set SO_REUSEPORT.");

    private final Supplier<Integer> backlog =
            number("--backlog", 1, "As listen(2) takes it. Default: ${DEFAULT-VALUE}, the article's.");

    private final Supplier<Duration> timeout = time(
            "--receive-timeout",
            "30s",
            "How long a client may take to send, and to read its reply. Default: ${DEFAULT-VALUE}.");

    private final Supplier<DatagramOptions.Protocol> protocol = DatagramOptions.protocol(this);

    private final Supplier<Boolean> busy = hiddenFlag(OwnProgram.BUSY);

    private final Parent parent;

    ServeCommand(Parent parent) {
        super("serve", "Run the article's receiver on one address.");
        this.parent = parent;
        spec.usageMessage()
                .description(
                        "Sets SO_REUSEADDR and SO_REUSEPORT, prints what getsockopt says of them, binds, listens, and"
                                + " answers each connection with the line that it logs. Start it twice: both receive.",
                        "")
                .footer(
                        "",
                        "--protocol udp answers datagrams instead, and nothing is accepted. SO_REUSEADDR alone lets a"
                                + " second one bind there on Linux (--without-reuseport), and that one gets everything.",
                        "A listener that systemd hands down (LISTEN_FDS) is taken over instead; --mode jdk takes"
                                + " descriptor 0 alone.",
                        "The lines go to stderr. SIGTERM and SIGINT: what is already queued is answered first (exit"
                                + " 143, 130).",
                        "When bind fails, the last line is OSError: [Errno N] with the system's own words, or the JDK's"
                                + " exception; exit 1. On a terminal one more line says how to find out who is in the"
                                + " way. Where this machine has no ::1, the line before says so.",
                        "Try: reuseport serve 8080",
                        "     reuseport serve --listen-addr 127.0.0.1 --listen-port 8080 --mode jdk",
                        "     reuseport serve --protocol udp");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (DatagramOptions.udp(this, protocol.get(), List.of("--backlog", "--receive-timeout"), List.of())) {
            return serveDatagrams();
        }
        Receiver.Settings settings = new Receiver.Settings(
                mode.get(),
                Arguments.address(spec, address.get(), port()),
                !withoutReuseport.get(),
                backlog.get(),
                timeout.get());
        long pid = ProcessHandle.current().pid();
        List<TcpListener> handedDown = handedDown(pid);
        if (handedDown.isEmpty()) {
            refuseWhereNobodyComes(settings.address());
        }
        FileOutputStream log = new FileOutputStream(FileDescriptor.err);
        List<Receiver> receivers = new ArrayList<>();
        do {
            receivers.add(new Receiver(settings, pid, log));
        } while (receivers.size() < handedDown.size());
        CountDownLatch ended = new CountDownLatch(1);
        // A hook keeps the exit status that the signal gives, 143 or 130. It must be there before anybody can connect.
        Runtime.getRuntime().addShutdownHook(goodbye(() -> receivers.forEach(Receiver::stop), ended));
        try {
            if (handedDown.isEmpty()) {
                receivers.get(0).open();
            }
            for (int i = 0; i < handedDown.size(); i++) {
                receivers.get(i).adopt(handedDown.get(i));
            }
            tell(NotifySocket.READY);
            if (busy.get()) {
                parent.awaitRelease();
            }
            runAll(receivers);
            return ExitCode.OK;
        } catch (NotDefinedException | NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            Optional<String> hint = lastWords(e);
            if (hint.isEmpty() && ExplainHint.concerns(e)) {
                ExplainHint.print(err(), settings.address(), settings.reusePort());
            }
            return ExitCode.SOFTWARE;
        } finally {
            ended.countDown();
        }
    }

    /** Prints the article's last line; what the machine lacks, which is returned too, stands before it. */
    private Optional<String> lastWords(IOException failure) {
        Optional<String> hint = Ipv6Hint.of(failure, this);
        hint.ifPresent(lacking -> warn(lacking));
        err().println(Receiver.lastWords(failure));
        return hint;
    }

    private Integer serveDatagrams() throws IOException, InterruptedException {
        Sockaddr where = Arguments.address(spec, address.get(), port());
        if (where.multicast()) {
            throw Arguments.wrong(spec, "serve joins no multicast group: " + where.host() + " would bring it nothing");
        }
        Mode way = mode.get();
        UdpSocket socket = way.openUdp(way.binding().load(), where.family(), UdpSocket.LARGEST);
        DatagramReceiver receiver =
                new DatagramReceiver(socket, ProcessHandle.current().pid(), new FileOutputStream(FileDescriptor.err));
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(goodbye(receiver::stop, ended));
        try {
            receiver.open(where, !withoutReuseport.get());
            tell(NotifySocket.READY);
            if (busy.get()) {
                parent.awaitRelease();
            }
            receiver.run();
            return ExitCode.OK;
        } catch (NotDefinedException | NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            lastWords(e);
            return ExitCode.SOFTWARE;
        } finally {
            ended.countDown();
        }
    }

    private int port() {
        if (alone.get().isEmpty()) {
            return port.get();
        }
        if (alone.get().size() > 1 || spec.commandLine().getParseResult().hasMatchedOption("--listen-port")) {
            throw Arguments.wrong(spec, "one port, not several");
        }
        return alone.get().get(0);
    }

    @Override
    Optional<String> withoutIpv6() {
        return Ipv6Hint.ipv4For(Arguments.address(spec, address.get(), port())).map(four -> "--listen-addr " + four);
    }

    /** Kernels let a listener have such an address, and no client connect to it: nobody wants to wait there. */
    private void refuseWhereNobodyComes(Sockaddr where) throws IOException {
        if (where.wildcard() || USUAL.contains(where.host())) {
            return; // as most often, and libc need not be loaded to find out
        }
        Optional<String> why = Unreachable.reason(Binding.JNR.load(), where);
        if (why.isPresent()) {
            throw Arguments.wrong(
                    spec,
                    "nobody could connect to " + where + ": " + why.get()
                            + "; all addresses of this host are :: and 0.0.0.0");
        }
    }

    /** Takes over what a service manager opened for this process; nothing if it did not. */
    private List<TcpListener> handedDown(long pid) throws IOException {
        List<HandedDown> handedDown = HandedDown.of(System.getenv(), pid);
        List<TcpListener> listeners = new ArrayList<>();
        if (mode.get() != Mode.JDK && !handedDown.isEmpty()) {
            Syscalls syscalls = mode.get().binding().load();
            for (HandedDown each : handedDown) {
                listeners.add(each.listener(syscalls));
            }
        } else if (!handedDown.isEmpty()) {
            throw new NotPossibleException("the JDK can only take over descriptor 0, as inetd hands it down"
                    + " (StandardInput=socket), and not the descriptors from 3 of LISTEN_FDS: use --mode native");
        } else if (mode.get() == Mode.JDK && System.inheritedChannel() instanceof ServerSocketChannel channel) {
            listeners.add(NioTcpListener.adopt(channel));
        }
        return listeners;
    }

    /** Runs all of them, a thread each, until they are told to stop. */
    private static void runAll(List<Receiver> receivers) throws IOException {
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (Receiver receiver : receivers.subList(1, receivers.size())) {
            CompletableFuture<Void> run = new CompletableFuture<>();
            others.add(run);
            Thread thread = new Thread(
                    () -> {
                        try {
                            receiver.run();
                            run.complete(null);
                        } catch (IOException | RuntimeException e) {
                            run.completeExceptionally(e);
                        }
                    },
                    "receiver " + others.size());
            thread.start();
        }
        receivers.get(0).run();
        for (CompletableFuture<Void> run : others) {
            try {
                run.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
            }
        }
    }

    /** Tells the service manager, if there is one. That it cannot be told ends nothing here. */
    private void tell(String state) {
        NotifySocket.of(System.getenv()).ifPresent(socket -> {
            try {
                socket.tell(mode.get().binding().load(), state);
            } catch (IOException e) {
                warn("NOTIFY_SOCKET: " + e.getMessage());
            }
        });
    }

    private Thread goodbye(Runnable stop, CountDownLatch ended) {
        return new Thread(
                () -> {
                    stop.run();
                    parent.release();
                    tell(NotifySocket.STOPPING);
                    awaitEnd(ended);
                },
                "goodbye");
    }

    private static void awaitEnd(CountDownLatch ended) {
        try {
            if (!ended.await(LONGEST_GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("reuseport serve: clients were still waiting after " + LONGEST_GOODBYE.toSeconds()
                        + " seconds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
