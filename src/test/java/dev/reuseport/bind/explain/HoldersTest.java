package dev.reuseport.bind.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.proc.Container;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What is asked of whom, where a test has no systemd and no container. */
final class HoldersTest {
    private static final RunningProcess SYSTEMD = process(1, "systemd");
    private static final RunningProcess USERS_SYSTEMD = process(900, "systemd");

    private static RunningProcess process(int pid, String command) {
        return new RunningProcess(pid, new Printable(command), OptionalInt.of(0));
    }

    private static PortSockets.Owner owner(
            RunningProcess process, String unit, String container, RunningProcess... parents) {
        Origin origin = new Origin(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(parents),
                Optional.of(unit).filter(name -> !name.isEmpty()),
                Optional.of(container).filter(id -> !id.isEmpty()).map(id -> new Container("docker", id)),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                false);
        return new PortSockets.Owner(process, 3, origin, Optional.empty(), false);
    }

    private static PortSockets.Owner heir(PortSockets.Owner owner, RunningProcess from) {
        return new PortSockets.Owner(owner.process(), owner.fd(), owner.origin(), Optional.of(from), false);
    }

    private static PortSockets.Found socket(PortSockets.Owner... owners) {
        return new PortSockets.Found(
                new Sockaddr.Inet(0, 80),
                Optional.empty(),
                SocketState.LISTEN,
                OptionalInt.of(33),
                4711,
                List.of(owners),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty());
    }

    private static Holders of(boolean everyProcessSeen, PortSockets.Found... sockets) {
        return new Holders(new PortSockets.Survey(
                List.of(sockets), 0, true, Optional.empty(), everyProcessSeen, Optional.empty(), List.of()));
    }

    @Test
    void aServiceIsStoppedByItsUnit() {
        PortSockets.Owner master = owner(process(10, "nginx"), "nginx.service", "", SYSTEMD);
        PortSockets.Owner worker = owner(process(11, "nginx"), "nginx.service", "", master.process(), SYSTEMD);
        Holders holders = of(true, socket(master, heir(worker, master.process())));
        assertEquals("end pid 10 (nginx) and pid 11 (nginx) (systemctl stop nginx.service)", holders.end(List.of(1)));
        assertEquals(Optional.of("pid 10 (nginx) before it binds"), holders.binders(List.of(1)));
    }

    @Test
    void aUsersServiceIsStoppedByTheUser() {
        PortSockets.Owner web = owner(process(10, "web"), "web.service", "", USERS_SYSTEMD, SYSTEMD);
        assertEquals(
                "end pid 10 (web) (systemctl --user stop web.service)",
                of(true, socket(web)).end(List.of(1)));
    }

    @Test
    void aServiceWithinAContainerIsNoUnitHere() {
        PortSockets.Owner web = owner(process(10, "web"), "web.service", "0123", SYSTEMD);
        assertEquals(
                "end pid 10 (web) (docker stop 0123)", of(true, socket(web)).end(List.of(1)));
    }

    @Test
    void whatSomebodyStartedWhoLoggedInIsNotTheServiceOfLogins() {
        PortSockets.Owner web = owner(process(10, "web"), "ssh.service", "", process(9, "bash"), SYSTEMD);
        assertEquals("end pid 10 (web)", of(true, socket(web)).end(List.of(1)));
    }

    @Test
    void aServiceThatGotItsSocketFromSystemdEndsWithTheSocketUnit() {
        PortSockets.Owner init = owner(SYSTEMD, "init.scope", "");
        PortSockets.Owner ssh = heir(owner(process(10, "sshd"), "ssh.service", "", SYSTEMD), SYSTEMD);
        Holders holders = of(true, socket(init, ssh));
        assertEquals(
                "systemctl stop NAME.socket, the unit that pid 1 (systemd) listens for (systemctl list-sockets names it),"
                        + " and end pid 10 (sshd)",
                holders.end(List.of(1)));
        assertEquals(
                Optional.of("the socket unit of pid 1 (systemd) (systemctl list-sockets names it) before it binds"),
                holders.binders(List.of(1)));
    }

    @Test
    void whatNoProcessHasIsTheKernelsWhereAllAreSeen() {
        Holders seen = of(true, socket());
        assertEquals(
                "end what has it without a descriptor: an interface of WireGuard or VXLAN, NFS, or a process in a call",
                seen.end(List.of(1)));
        assertEquals(Optional.empty(), seen.binders(List.of(1)));
        assertEquals("a socket of uid 33 that no process has a descriptor of", seen.name(socket()));
        Holders unseen = of(false, socket());
        assertEquals("end the process of uid 33 that cannot be seen", unseen.end(List.of(1)));
        assertEquals("the process of uid 33 that cannot be seen", unseen.name(socket()));
    }

    @Test
    void oneThatOnlyInheritedIsNotAskedToSetAnything() {
        PortSockets.Owner sleep = heir(owner(process(11, "sleep"), "", "", process(10, "web")), process(10, "web"));
        assertEquals(Optional.empty(), of(true, socket(sleep)).binders(List.of(1)));
    }

    @Test
    void socketsOfDifferentProcessesTakeAllOfThem() {
        Holders holders = of(
                true,
                socket(owner(process(10, "httpd"), "", ""), owner(process(11, "httpd"), "", "")),
                socket(owner(process(10, "httpd"), "", ""), owner(process(12, "httpd"), "", "")));
        assertEquals("end pid 10 (httpd), pid 11 (httpd) and pid 12 (httpd)", holders.end(List.of(1, 2)));
    }
}
