package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.map.IntMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The sockets that have one port, in the order in which a bind asks them, and what Linux remembers of the port. Never
 * changed, and cheap to make another of.
 *
 * <p>Ten thousand members of a group are of one kind: no rule tells one from the next. Whoever asks the first of each kind
 * has asked them all. And ten thousand sockets at as many addresses are not in each other's way: whoever asks those near
 * its own address has asked all that matter.
 */
final class AtPort {
    private static final int FEW = 16;

    /** Where the wildcards are, which are near to everybody. */
    private static final int EVERYWHERE = 0;

    static final AtPort NOBODY = of(List.of(), PortMemory.NONE);

    /** All that a rule looks at. */
    private record Traits(Sockaddr address, Flags flags, boolean flagsKnown, int uid, Phase phase, boolean connection) {
        static Traits of(ModelSocket socket) {
            return new Traits(
                    socket.address(),
                    socket.flags(),
                    socket.flagsKnown(),
                    socket.uid(),
                    socket.phase(),
                    socket.acceptor() != 0 || socket.peer().isPresent());
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

    /**
     * The sockets at one address.
     *
     * @param kinds in the order of their first ones
     */
    private record Here(IntMap<Placed> byPlace, List<Kind> kinds) {
        static final Here NOBODY = new Here(IntMap.empty(), List.of());

        Here with(Placed placed) {
            Traits traits = Traits.of(placed.socket);
            List<Kind> others = new ArrayList<>(kinds);
            Kind now = new Kind(traits, placed, 1);
            Kind own = taken(traits, others);
            if (own != null) {
                now = new Kind(traits, own.first.place < placed.place ? own.first : placed, own.count + 1);
            }
            return new Here(byPlace.with(placed.place, placed), inserted(now, others));
        }

        Here without(Placed gone) {
            Traits traits = Traits.of(gone.socket);
            List<Kind> others = new ArrayList<>(kinds);
            Kind own = taken(traits, others);
            if (own.count > 1) {
                Placed first = own.first != gone
                        ? own.first
                        : byPlace.first(
                                gone.place + 1,
                                placed -> Traits.of(placed.socket).equals(traits));
                inserted(new Kind(traits, first, own.count - 1), others);
            }
            return new Here(byPlace.with(gone.place, null), others);
        }

        private static Kind taken(Traits traits, List<Kind> from) {
            for (Kind kind : from) {
                if (kind.traits.equals(traits)) {
                    from.remove(kind);
                    return kind;
                }
            }
            return null;
        }

        private static List<Kind> inserted(Kind kind, List<Kind> others) {
            int at = 0;
            while (at < others.size() && others.get(at).first.place < kind.first.place) {
                at++;
            }
            others.add(at, kind);
            return others;
        }
    }

    private final IntMap<Here> byAddress;
    private final IntMap<Placed> byNumber;
    private final int size;
    private final int lowest;
    private final int highest;
    private final PortMemory memory;

    private AtPort(
            IntMap<Here> byAddress, IntMap<Placed> byNumber, int size, int lowest, int highest, PortMemory memory) {
        this.byAddress = byAddress;
        this.byNumber = byNumber;
        this.size = size;
        this.lowest = lowest;
        this.highest = highest;
        this.memory = memory;
    }

    /** Those that have a port, in the order in which they are asked. */
    static AtPort of(List<ModelSocket> sockets, PortMemory memory) {
        // Before them is room for as many again, and more.
        int lowest = FEW + 2 * sockets.size();
        AtPort port = new AtPort(IntMap.empty(), IntMap.empty(), 0, lowest, lowest - 1, memory);
        for (ModelSocket socket : sockets) {
            port = port.behind(socket);
        }
        return port;
    }

    int size() {
        return size;
    }

    PortMemory memory() {
        return memory;
    }

    AtPort remembering(PortMemory now) {
        return now.equals(memory) ? this : new AtPort(byAddress, byNumber, size, lowest, highest, now);
    }

    /** Those at an address, and the wildcards; at a wildcard all. */
    private List<Here> near(Sockaddr address) {
        List<Here> near = new ArrayList<>();
        int where = where(address);
        if (where == EVERYWHERE) {
            byAddress.forEach(near::add);
            return near;
        }
        for (int place : new int[] {where, EVERYWHERE}) {
            Here here = byAddress.get(place);
            if (here != null) {
                near.add(here);
            }
        }
        return near;
    }

    private static List<ModelSocket> inOrder(List<Placed> placed) {
        placed.sort(Comparator.comparingInt(Placed::place));
        List<ModelSocket> sockets = new ArrayList<>(placed.size());
        placed.forEach(each -> sockets.add(each.socket));
        return sockets;
    }

    /** Returns the first of each kind that may be in the way at an address. */
    List<ModelSocket> kinds(Sockaddr address) {
        List<Placed> firsts = new ArrayList<>();
        near(address).forEach(here -> here.kinds.forEach(kind -> firsts.add(kind.first)));
        return inOrder(firsts);
    }

    /** Returns the first of each kind of others that may be in a socket's way. */
    List<ModelSocket> kindsOfOthers(ModelSocket socket) {
        return (has(socket) ? without(socket.number()) : this).kinds(socket.address());
    }

    /** Tells whether a socket is one of these. */
    boolean has(ModelSocket socket) {
        return byNumber.get(key(socket.number())) != null;
    }

    /** Returns all that may be in the way at an address. */
    List<ModelSocket> all(Sockaddr address) {
        List<Placed> all = new ArrayList<>();
        near(address).forEach(here -> here.byPlace.forEach(all::add));
        return inOrder(all);
    }

    /** Addresses that overlap have the same number, but for wildcards. */
    private static int where(Sockaddr address) {
        if (address instanceof Sockaddr.Inet inet) {
            return inet.address();
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) address;
        if (inet6.wildcard() || inet6.v4Mapped()) {
            return (int) inet6.low();
        }
        int hash = Long.hashCode(inet6.high()) + Long.hashCode(inet6.low());
        return hash == EVERYWHERE ? 1 : hash;
    }

    /** Adds a socket that is asked before all others. */
    AtPort before(ModelSocket newcomer) {
        if (lowest > 0) {
            return with(new Placed(lowest - 1, newcomer), lowest - 1, highest);
        }
        List<Placed> all = new ArrayList<>();
        byNumber.forEach(all::add);
        return of(inOrder(all), memory).before(newcomer);
    }

    /** Adds a socket that is asked behind all others. */
    AtPort behind(ModelSocket newcomer) {
        return with(new Placed(highest + 1, newcomer), lowest, highest + 1);
    }

    private AtPort with(Placed placed, int nowLowest, int nowHighest) {
        int where = where(placed.socket.address());
        Here here = byAddress.get(where);
        return new AtPort(
                byAddress.with(where, (here == null ? Here.NOBODY : here).with(placed)),
                byNumber.with(key(placed.socket.number()), placed),
                size + 1,
                nowLowest,
                nowHighest,
                memory);
    }

    /** Takes a socket away. */
    AtPort without(int number) {
        Placed gone = byNumber.get(key(number));
        int where = where(gone.socket.address());
        Here left = byAddress.get(where).without(gone);
        return new AtPort(
                byAddress.with(where, left.kinds.isEmpty() ? null : left),
                byNumber.with(key(number), null),
                size - 1,
                lowest,
                highest,
                memory);
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
