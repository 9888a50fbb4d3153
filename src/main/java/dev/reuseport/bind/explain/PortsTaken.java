package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.ProcNet;
import dev.reuseport.proc.SockDiag;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who has the ports that the kernel may choose. Of TCP no flags count there; of UDP they are supposed to be off. */
record PortsTaken(Syscalls syscalls, Proc proc, Protocol protocol) {
    /** Returns all sockets with a port of a range. */
    List<ModelSocket> in(PortRange range) throws IOException {
        Map<Long, InetDiag> told = new HashMap<>();
        List<ModelSocket> found = new ArrayList<>();
        for (InetDiag socket : SockDiag.all(syscalls).sockets()) {
            if (socket.protocol() == number() && range.has(socket.local().port())) {
                told.put(socket.inode(), socket);
                if (protocol == Protocol.TCP && socket.state() == SocketState.CLOSE) {
                    found.add(model(found.size() + 1, socket.local(), socket.state(), Optional.of(socket)));
                }
            }
        }
        for (ProcNet.Table table : ProcNet.Table.values()) {
            if (table.protocol() == number()) {
                for (ProcNet.Entry entry :
                        proc.sockets(syscalls.abi()).read(table, range::has).entries()) {
                    found.add(model(
                            found.size() + 1,
                            entry.local(),
                            entry.state(),
                            Optional.ofNullable(told.get(entry.inode())).filter(each -> entry.inode() != 0)));
                }
            }
        }
        return found;
    }

    private Const number() {
        return protocol == Protocol.TCP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP;
    }

    private ModelSocket model(int number, Sockaddr local, SocketState state, Optional<InetDiag> told) {
        boolean v6only = told.flatMap(InetDiag::v6only)
                .orElse(local instanceof Sockaddr.Inet6 inet6 && !inet6.wildcard() && !inet6.v4Mapped());
        Phase phase = protocol == Protocol.UDP || state == SocketState.CLOSE
                ? Phase.BOUND
                : state == SocketState.LISTEN
                        ? Phase.LISTENING
                        : state == SocketState.TIME_WAIT ? Phase.TIME_WAIT : Phase.CONNECTED;
        return ModelSocket.observed(
                number,
                "the socket at " + local,
                protocol,
                local,
                Flags.NONE.withV6only(v6only),
                told.map(InetDiag::uid).orElse(0),
                phase);
    }
}
