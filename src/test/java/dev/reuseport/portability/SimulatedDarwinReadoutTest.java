package dev.reuseport.portability;

import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;

/** The rows of macOS, against a simulation of it that knows nothing of them. */
class SimulatedDarwinReadoutTest extends ReadoutTest {
    @Override
    Syscalls open() {
        return new SimulatedDarwin(new JnrSyscalls());
    }
}
