package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sockets that have one port, in the order in which a bind asks them, and what Linux remembers of the port. Never
 * changed, and cheap to make another of.
 *
 * <p>Ten thousand members of a group are of one kind: no rule tells one from the next. Whoever asks the first of each kind
 * has asked them all.
 */
final class AtPort {
    private static final int FEW = 16;

    static final AtPort NOBODY = of(List.of(), Optional.empty());

    /** All that a rule looks at. */
    private record Traits(Sockaddr address, Flags flags, boolean flagsKnown, int uid, Phase phase, boolean connection) {
        static Traits of(ModelSocket socket) {
            return new Traits(
                    socket.address(),
                    socket.flags(),
                    socket.flagsKnown(),
                    socket.uid(),
                    socket.phase(),
                    socket.acceptor() != 0);
        }
    }

    /** A socket, and where it stands in the order: the lowest place is asked first. */
    private record Placed(int place, ModelSocket socket) {}

    /**
     * Sockets that the rules treat alike.
     *
     * @param first the one that is asked first
     */
    private record Kind(Traits traits, Placed first, int count) {}

    private final IntMap<Placed> byPlace;
    private final IntMap<Placed> byNumber;
    private final int size;
    private final int lowest;
    private final int highest;
    private final Optional<PortMemory> memory;

    /** The kinds in the order of their first ones. */
    private final List<Kind> kinds;

    private AtPort(
            IntMap<Placed> byPlace,
            IntMap<Placed> byNumber,
            int size,
            int lowest,
            int highest,
            Optional<PortMemory> memory,
            List<Kind> kinds) {
        this.byPlace = byPlace;
        this.byNumber = byNumber;
        this.size = size;
        this.lowest = lowest;
        this.highest = highest;
        this.memory = memory;
        this.kinds = kinds;
    }

    /** Those that have a port, in the order in which they are asked. */
    static AtPort of(List<ModelSocket> sockets, Optional<PortMemory> memory) {
        // Before them is room for as many again, and more.
        int lowest = FEW + 2 * sockets.size();
        AtPort port = new AtPort(IntMap.empty(), IntMap.empty(), 0, lowest, lowest - 1, memory, List.of());
        for (ModelSocket socket : sockets) {
            port = port.behind(socket);
        }
        return port;
    }

    int size() {
        return size;
    }

    Optional<PortMemory> memory() {
        return memory;
    }

    AtPort remembering(Optional<PortMemory> now) {
        return now.equals(memory) ? this : new AtPort(byPlace, byNumber, size, lowest, highest, now, kinds);
    }

    /** Returns all of them. */
    List<ModelSocket> all() {
        List<ModelSocket> sockets = new ArrayList<>(size);
        byPlace.forEach(placed -> sockets.add(placed.socket));
        return sockets;
    }

    /** Returns the first of each kind. */
    List<ModelSocket> kinds() {
        List<ModelSocket> firsts = new ArrayList<>(kinds.size());
        for (Kind kind : kinds) {
            firsts.add(kind.first.socket);
        }
        return firsts;
    }

    /** Returns the first of each kind that the others have. */
    List<ModelSocket> kindsOfOthers(int number) {
        return byNumber.get(key(number)) == null ? kinds() : without(number).kinds();
    }

    /** Adds a socket that is asked before all others. */
    AtPort before(ModelSocket newcomer) {
        return lowest == 0
                ? of(all(), memory).before(newcomer)
                : with(new Placed(lowest - 1, newcomer), lowest - 1, highest);
    }

    /** Adds a socket that is asked behind all others. */
    AtPort behind(ModelSocket newcomer) {
        return with(new Placed(highest + 1, newcomer), lowest, highest + 1);
    }

    private AtPort with(Placed placed, int nowLowest, int nowHighest) {
        return new AtPort(
                byPlace.with(placed.place, placed),
                byNumber.with(key(placed.socket.number()), placed),
                size + 1,
                nowLowest,
                nowHighest,
                memory,
                kindsWith(placed));
    }

    private List<Kind> kindsWith(Placed placed) {
        Traits traits = Traits.of(placed.socket);
        Kind now = new Kind(traits, placed, 1);
        List<Kind> others = new ArrayList<>(kinds.size() + 1);
        for (Kind kind : kinds) {
            if (kind.traits.equals(traits)) {
                now = new Kind(traits, kind.first.place < placed.place ? kind.first : placed, kind.count + 1);
            } else {
                others.add(kind);
            }
        }
        return inserted(now, others);
    }

    private static List<Kind> inserted(Kind kind, List<Kind> others) {
        int at = 0;
        while (at < others.size() && others.get(at).first.place < kind.first.place) {
            at++;
        }
        others.add(at, kind);
        return others;
    }

    /** Takes a socket away. */
    AtPort without(int number) {
        Placed gone = byNumber.get(key(number));
        Traits traits = Traits.of(gone.socket);
        List<Kind> others = new ArrayList<>(kinds.size());
        Kind own = null;
        for (Kind kind : kinds) {
            if (kind.traits.equals(traits)) {
                own = kind;
            } else {
                others.add(kind);
            }
        }
        if (own.count > 1) {
            Placed first = own.first == gone
                    ? byPlace.first(
                            gone.place + 1, placed -> Traits.of(placed.socket).equals(traits))
                    : own.first;
            inserted(new Kind(traits, first, own.count - 1), others);
        }
        return new AtPort(
                byPlace.with(gone.place, null),
                byNumber.with(key(number), null),
                size - 1,
                lowest,
                highest,
                memory,
                others);
    }

    /** Puts a socket in the place of the one with its number. */
    AtPort changed(ModelSocket socket) {
        int place = byNumber.get(key(socket.number())).place;
        return without(socket.number()).with(new Placed(place, socket), lowest, highest);
    }

    /** Connections have negative numbers. */
    static int key(int number) {
        return number << 1 ^ number >> Integer.SIZE - 1;
    }
}
