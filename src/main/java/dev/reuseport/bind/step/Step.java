package dev.reuseport.bind.step;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One line of the language in which bind sequences are written. {@code toString} gives the line back.
 *
 * <p>Sockets are counted from 1 in the order of the steps that {@link #opens open} one.
 */
public sealed interface Step {
    /**
     * What steps are put to: a kernel, or rules.
     *
     * @param <R> what comes of one
     * @param <E> what keeps it from coming about
     */
    interface Verbs<R, E extends Exception> {
        /** Opens a socket, the next by number, and binds it. */
        R open(Open step) throws E;

        /** Opens a socket, the next by number, and leaves it unbound. */
        R unbound(Unbound step) throws E;

        /** Opens a socket of AF_UNIX, the next by number, and binds it. */
        R unix(Unix step) throws E;

        /** {@code bind(2)} of an earlier socket. */
        R bind(int socket, Endpoint to) throws E;

        /** {@code listen(2)} on an earlier socket. */
        R listen(int socket) throws E;

        /** {@code close(2)} of an earlier socket. */
        R close(int socket) throws E;

        /** {@code shutdown(2)} of an earlier socket. */
        R shutdown(int socket) throws E;

        /** {@code setsockopt(2)} on an earlier socket. */
        R set(int socket, Setting<?> setting) throws E;

        /** {@code getsockopt(2)} on an earlier socket. */
        R read(int socket, SockOpt<?> option) throws E;

        /** {@code dup(2)}: another descriptor of an earlier socket, the next by number. */
        R dup(int socket) throws E;

        /** Supposes something of the host; whatever is no supposed host says that it cannot. */
        R suppose(String fact) throws E;

        /** {@code fork(2)}: another process that has a descriptor of an earlier socket, the next by number. */
        R fork(int socket) throws E;

        /** Connects a client to an earlier socket's address, and accepts it. */
        R connect(int socket) throws E;

        /** {@code connect(2)} of an earlier socket; whoever listens there accepts. */
        R connect(int socket, Endpoint to) throws E;

        /**
         * Connects an earlier socket to another's address, or to {@code to}, and accepts it.
         *
         * @param client the one that connects
         */
        R connect(int socket, Optional<Endpoint> to, int client) throws E;

        /** {@code sendmsg(2)} of an earlier socket of UDP: a datagram to an address. */
        R send(int socket, Endpoint to) throws E;

        /** Closes the client's side of a connection to an earlier socket. */
        R clientClose(int socket) throws E;

        /** Closes the accepted side of a connection to an earlier socket. */
        R serverClose(int socket) throws E;
    }

    /** Has {@code verbs} do this step. */
    <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E;

    /** Tells whether this step gives the next number to a socket. */
    default boolean opens() {
        return false;
    }

    /** Returns the effective user who takes this step; empty for the one who runs this. */
    default OptionalInt uid() {
        return OptionalInt.empty();
    }

    /** Returns where this step binds, connects or sends to, if it names that. */
    default Optional<Endpoint> endpoint() {
        return Optional.empty();
    }

    /** Which port to bind to. */
    sealed interface Port {
        /** Tells whether it is the same each time. */
        default boolean fixed() {
            return false;
        }

        /** A number; 0 lets the kernel choose. */
        record Number(int number) implements Port {
            @Override
            public boolean fixed() {
                return number != 0;
            }

            @Override
            public String toString() {
                return Integer.toString(number);
            }
        }

        /** The port that an earlier socket got: {@code @1}. */
        record Of(int socket) implements Port {
            @Override
            public String toString() {
                return "@" + socket;
            }
        }
    }

    /**
     * Finds interfaces: this host's, or a supposed one's.
     *
     * @param <E> what keeps it from that
     */
    interface Scopes<E extends Exception> {
        /** Returns the number of an interface; empty if there is none of this name. */
        OptionalInt index(String name) throws E;
    }

    /**
     * Where a step binds, connects or sends to. {@code toString} gives it as it was typed.
     *
     * @param address the address; its port and its scope are 0 and mean nothing
     * @param scope the interface of an IPv6 address, by its name or its number; empty for none
     * @param port the port
     */
    record Endpoint(Sockaddr address, String scope, Port port) {
        /** An address with its port, and its interface by number. */
        public static Endpoint of(Sockaddr address) {
            int scope = address instanceof Sockaddr.Inet6 inet6 ? inet6.scopeId() : 0;
            return new Endpoint(
                    address.withPort(0), scope == 0 ? "" : Integer.toString(scope), new Port.Number(address.port()));
        }

        /**
         * Returns the address with a port, and with its interface by its number.
         *
         * @param scopes finds an interface's number by its name
         * @return empty if there is no such interface
         */
        public <E extends Exception> Optional<Sockaddr> at(int number, Scopes<E> scopes) throws E {
            Sockaddr there = address.withPort(number);
            if (scope.isEmpty() || !(there instanceof Sockaddr.Inet6 inet6)) {
                return Optional.of(there);
            }
            OptionalInt found = scope.chars().allMatch(Character::isDigit)
                    ? OptionalInt.of(Integer.parseInt(scope))
                    : scopes.index(scope);
            return found.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            new Sockaddr.Inet6(inet6.high(), inet6.low(), number, inet6.flowinfo(), found.getAsInt()));
        }

        /** {@code [fe80::1%eth0]:@1}. */
        @Override
        public String toString() {
            return (address instanceof Sockaddr.Inet6
                            ? "[" + address.host() + (scope.isEmpty() ? "" : "%" + scope) + "]"
                            : address.host())
                    + ":" + port;
        }
    }

    /**
     * What {@code socket(2)} is asked for, and what is set at once.
     *
     * @param protocol the type of the socket
     * @param family AF_INET or AF_INET6
     * @param settings the options in the order in which they are set
     * @param uid the effective user who opens it; empty for the one who runs this
     */
    record Socket(Protocol protocol, Const family, List<? extends Setting<?>> settings, OptionalInt uid) {
        private String words() {
            return Step.words(settings, uid);
        }
    }

    /**
     * Opens a socket, sets options, binds it, and listens if told so.
     *
     * @param named the family that the first word names, as {@code tcp6} does; empty for that of the address
     * @param to where it is bound
     * @param settings the options in the order in which they are set
     * @param uid the effective user who opens and binds it; empty for the one who runs this
     */
    record Open(
            Protocol protocol,
            Optional<Const> named,
            Endpoint to,
            List<? extends Setting<?>> settings,
            OptionalInt uid,
            boolean listen)
            implements Step {

        /** A socket of its address's family. */
        public Open(
                Protocol protocol, Endpoint to, List<? extends Setting<?>> settings, OptionalInt uid, boolean listen) {
            this(protocol, Optional.empty(), to, settings, uid, listen);
        }

        /** Returns what is opened, before it is bound. */
        public Socket socket() {
            return new Socket(protocol, named.orElse(to.address().family()), settings, uid);
        }

        /** Returns the same step of whoever carries it out, with other options, at an address that is known. */
        public Open with(List<? extends Setting<?>> others, Port port, OptionalInt user) {
            return new Open(protocol, named, new Endpoint(to.address, to.scope, port), others, user, listen);
        }

        @Override
        public Optional<Endpoint> endpoint() {
            return Optional.of(to);
        }

        @Override
        public boolean opens() {
            return true;
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.open(this);
        }

        @Override
        public String toString() {
            return protocol + named.map(Step::digit).orElse("") + " " + to + socket().words()
                    + (listen ? " listen" : "");
        }
    }

    /**
     * Opens a socket, sets options, and does not bind it.
     *
     * @param named whether the family was named: {@code tcp4} is another word for {@code tcp}
     */
    record Unbound(Socket socket, boolean named) implements Step {
        @Override
        public OptionalInt uid() {
            return socket.uid;
        }

        @Override
        public boolean opens() {
            return true;
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.unbound(this);
        }

        @Override
        public String toString() {
            return "unbound " + socket.protocol + (named ? digit(socket.family) : "") + socket.words();
        }
    }

    /**
     * Opens a socket of AF_UNIX, sets options, binds it to a name, and listens if told so.
     *
     * @param name a path; or, on Linux, {@code @} and an abstract name
     * @param stream SOCK_STREAM, and not SOCK_DGRAM
     * @param settings the options in the order in which they are set
     * @param uid the effective user who opens and binds it; empty for the one who runs this
     */
    record Unix(String name, boolean stream, List<? extends Setting<?>> settings, OptionalInt uid, boolean listen)
            implements Step {

        /** Tells whether the name has no file: on Linux. */
        public boolean isAbstract() {
            return name.startsWith("@");
        }

        /** Returns the same step of whoever carries it out. */
        public Unix ofNobody() {
            return new Unix(name, stream, settings, OptionalInt.empty(), listen);
        }

        @Override
        public boolean opens() {
            return true;
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.unix(this);
        }

        @Override
        public String toString() {
            return "unix " + name + (stream ? "" : " dgram") + words(settings, uid) + (listen ? " listen" : "");
        }
    }

    private static String digit(Const family) {
        return family == Const.AF_INET ? "4" : "6";
    }

    /** {@code SO_REUSEADDR uid=1}, with a space before each word. */
    private static String words(List<? extends Setting<?>> settings, OptionalInt uid) {
        StringBuilder text = new StringBuilder(64);
        for (Setting<?> setting : settings) {
            text.append(' ').append(setting.shortText());
        }
        uid.ifPresent(number -> text.append(" uid=").append(number));
        return text.toString();
    }

    /** What is done to an earlier socket. */
    enum Verb {
        /** {@code listen(2)}. */
        LISTEN,
        /** {@code close(2)}; connections that the socket accepted stay. */
        CLOSE,
        /** {@code shutdown(2)} with SHUT_RDWR. */
        SHUTDOWN,
        /** {@code dup(2)}: the next socket is another descriptor of the same one. */
        DUP,
        /** The next socket is a descriptor of the same one in another process, which does nothing but hold it. */
        FORK,
        /** A client connects to the socket's address, and whoever the kernel gives the connection to accepts it. */
        CONNECT,
        /** The client of the latest connection to the socket that both sides still hold closes it. */
        CLIENT_CLOSE,
        /**
         * The accepted side of the latest connection to the socket is closed. If the client has not closed before, it
         * follows now, which leaves TIME_WAIT on the accepted side.
         */
        SERVER_CLOSE;

        /** Tells whether only a TCP socket has what it acts on. */
        boolean takesConnection() {
            return this == CONNECT || this == CLIENT_CLOSE || this == SERVER_CLOSE;
        }

        /** {@code client-close}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Acts on an earlier socket. */
    record Act(Verb verb, int socket) implements Step {
        @Override
        public boolean opens() {
            return verb == Verb.DUP || verb == Verb.FORK;
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return switch (verb) {
                case LISTEN -> verbs.listen(socket);
                case CLOSE -> verbs.close(socket);
                case SHUTDOWN -> verbs.shutdown(socket);
                case DUP -> verbs.dup(socket);
                case FORK -> verbs.fork(socket);
                case CONNECT -> verbs.connect(socket);
                case CLIENT_CLOSE -> verbs.clientClose(socket);
                case SERVER_CLOSE -> verbs.serverClose(socket);
            };
        }

        @Override
        public String toString() {
            return verb + " " + socket;
        }
    }

    /** {@code bind(2)} of an earlier socket: of one that is unbound, or once more. */
    record Bind(int socket, Endpoint to) implements Step {
        @Override
        public Optional<Endpoint> endpoint() {
            return Optional.of(to);
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.bind(socket, to);
        }

        @Override
        public String toString() {
            return "bind " + socket + " " + to;
        }
    }

    /** {@code connect(2)} of an earlier socket. */
    record Connect(int socket, Endpoint to) implements Step {
        @Override
        public Optional<Endpoint> endpoint() {
            return Optional.of(to);
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.connect(socket, to);
        }

        @Override
        public String toString() {
            return "connect " + socket + " " + to;
        }
    }

    /**
     * A connection to an earlier socket from another.
     *
     * @param to where the client connects to; empty for the socket's own address
     * @param client the socket that connects
     */
    record ConnectFrom(int socket, Optional<Endpoint> to, int client) implements Step {
        @Override
        public Optional<Endpoint> endpoint() {
            return to;
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.connect(socket, to, client);
        }

        @Override
        public String toString() {
            return "connect " + socket + to.map(endpoint -> " " + endpoint).orElse("") + " from " + client;
        }
    }

    /** {@code sendmsg(2)}: a datagram to an address. */
    record Send(int socket, Endpoint to) implements Step {
        @Override
        public Optional<Endpoint> endpoint() {
            return Optional.of(to);
        }

        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.send(socket, to);
        }

        @Override
        public String toString() {
            return "send " + socket + " " + to;
        }
    }

    /** {@code setsockopt(2)}. */
    record Set(int socket, Setting<?> setting) implements Step {
        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.set(socket, setting);
        }

        @Override
        public String toString() {
            return "set " + socket + " " + setting;
        }
    }

    /** {@code getsockopt(2)}. */
    record Read(int socket, SockOpt<?> option) implements Step {
        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.read(socket, option);
        }

        @Override
        public String toString() {
            return "read " + socket + " " + option;
        }
    }

    /**
     * Supposes something of the host from here on.
     *
     * @param fact as {@link dev.reuseport.bind.host.Fact} has it
     */
    record Suppose(String fact) implements Step {
        @Override
        public <R, E extends Exception> R putTo(Verbs<R, E> verbs) throws E {
            return verbs.suppose(fact);
        }

        @Override
        public String toString() {
            return "host " + fact;
        }
    }
}
