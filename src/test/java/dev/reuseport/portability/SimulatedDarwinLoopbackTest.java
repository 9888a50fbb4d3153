package dev.reuseport.portability;

import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;

/** Connections with addresses as macOS lays them out. */
class SimulatedDarwinLoopbackTest extends LoopbackTest {
    @Override
    Syscalls open() {
        return new SimulatedDarwin(new JnrSyscalls());
    }
}
