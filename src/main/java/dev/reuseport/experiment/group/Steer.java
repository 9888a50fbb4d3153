package dev.reuseport.experiment.group;

import dev.reuseport.abi.ClassicBpf;
import java.util.function.IntFunction;

/**
 * Who chooses the member instead of the kernel's hash: a classic BPF program on the group, Linux only.
 *
 * @param name as it is typed
 * @param forMembers the program for a group of so many members
 */
public record Steer(String name, IntFunction<ClassicBpf> forMembers) {
    /** The member whose index is the number of the CPU that handles the packet; the hash chooses if there is none. */
    public static final Steer BY_CPU = new Steer("cpu", members -> ClassicBpf.toCpu());

    /** A member drawn at random for each connection. */
    public static final Steer AT_RANDOM = new Steer("random", ClassicBpf::toRandom);

    /** Always the same member; the hash chooses if there is no such index. */
    public static Steer toMember(int index) {
        return new Steer(Integer.toString(index), members -> ClassicBpf.toMember(index));
    }

    @Override
    public String toString() {
        return name;
    }
}
