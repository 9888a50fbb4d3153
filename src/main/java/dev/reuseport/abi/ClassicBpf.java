package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A program of classic BPF, as Linux runs it over the packets of a socket: an array of {@code struct sock_filter}
 * (linux/filter.h, linux/bpf_common.h; the numbers are the same on every CPU).
 *
 * <p>A program on a reuseport group (SO_ATTACH_REUSEPORT_CBPF) returns the index of the member that gets the connection,
 * counted in the order in which the members began to listen; when a member leaves, the last one takes its index. A number
 * that is no index makes the kernel choose by its hash. A program on a socket (SO_ATTACH_FILTER) returns how many bytes of
 * the packet to keep; 0 drops it. Both see a TCP packet from its TCP header on.
 *
 * @param instructions what runs from first to last, jumps aside
 */
public record ClassicBpf(List<Instruction> instructions) {
    /** {@code sizeof(struct sock_filter)}. */
    private static final int INSTRUCTION_SIZE = 8;

    private static final int BPF_LD_B_ABS = 0x30;
    private static final int BPF_LD_H_ABS = 0x28;
    private static final int BPF_LD_W_ABS = 0x20;
    private static final int BPF_ALU_ADD_K = 0x04;
    private static final int BPF_ALU_AND_K = 0x54;
    private static final int BPF_ALU_MOD_K = 0x94;
    private static final int BPF_JMP_JEQ_K = 0x15;
    private static final int BPF_JMP_JGE_K = 0x35;
    private static final int BPF_RET_A = 0x16;
    private static final int BPF_RET_K = 0x06;

    private static final int SKF_NET_OFF = -0x100000;
    private static final int SKF_AD_OFF = -0x1000;
    private static final int SKF_AD_CPU = 36;
    private static final int SKF_AD_RANDOM = 56;

    /** Where the flags of a TCP header are, and two of them (RFC 9293, 3.1). */
    private static final int TCP_FLAGS_AT = 13;

    private static final int TCP_SYN = 0x02;
    private static final int TCP_ACK = 0x10;

    /** Lengths of headers (RFC 791, without options; RFC 8200). A port of UDP's stands first behind them. */
    private static final int IPV4_HEADER = 20;

    private static final int IPV6_HEADER = 40;

    private static final int WHOLE_PACKET = -1;

    /**
     * {@code struct sock_filter}.
     *
     * @param code u16: what to do
     * @param jt u8: how many instructions to skip if a test is true
     * @param jf u8: how many to skip if it is false
     * @param k u32: its number
     */
    public record Instruction(int code, int jt, int jf, int k) {}

    public ClassicBpf {
        instructions = List.copyOf(instructions);
    }

    /** Sends everything to one member. */
    public static ClassicBpf toMember(int index) {
        return of(step(BPF_RET_K, index));
    }

    /** Sends everything to the member whose index is the number of the CPU that handles the packet. */
    public static ClassicBpf toCpu() {
        return of(step(BPF_LD_W_ABS, SKF_AD_OFF + SKF_AD_CPU), step(BPF_RET_A, 0));
    }

    /** Draws among {@code members}. */
    public static ClassicBpf toRandom(int members) {
        return of(step(BPF_LD_W_ABS, SKF_AD_OFF + SKF_AD_RANDOM), step(BPF_ALU_MOD_K, members), step(BPF_RET_A, 0));
    }

    /** Draws among {@code members}, of which there are two or more, but never {@code index}. */
    public static ClassicBpf toRandomBut(int index, int members) {
        return of(
                step(BPF_LD_W_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
                step(BPF_ALU_MOD_K, members - 1),
                new Instruction(BPF_JMP_JGE_K, 0, 1, index),
                step(BPF_ALU_ADD_K, 1),
                step(BPF_RET_A, 0));
    }

    /**
     * Chooses among {@code members}, of which there are two or more, but never {@code index}, by the port that a datagram
     * comes from: what one source sends goes to one member. A program on a group sees the payload of UDP, and the headers
     * before it at offsets below 0; that of IPv4 is taken to have no options.
     */
    public static ClassicBpf byPortBut(int index, int members, Const family) {
        int header = family == Const.AF_INET6 ? IPV6_HEADER : IPV4_HEADER;
        return of(
                step(BPF_LD_H_ABS, SKF_NET_OFF + header),
                step(BPF_ALU_MOD_K, members - 1),
                new Instruction(BPF_JMP_JGE_K, 0, 1, index),
                step(BPF_ALU_ADD_K, 1),
                step(BPF_RET_A, 0));
    }

    /** Drops what would begin a connection, and lets all else pass: a handshake underway can end. */
    public static ClassicBpf dropSyn() {
        return of(
                step(BPF_LD_B_ABS, TCP_FLAGS_AT),
                step(BPF_ALU_AND_K, TCP_SYN | TCP_ACK),
                new Instruction(BPF_JMP_JEQ_K, 0, 1, TCP_SYN),
                step(BPF_RET_K, 0),
                step(BPF_RET_K, WHOLE_PACKET));
    }

    private static Instruction step(int code, int k) {
        return new Instruction(code, 0, 0, k);
    }

    private static ClassicBpf of(Instruction... instructions) {
        return new ClassicBpf(List.of(instructions));
    }

    /** Returns the length in bytes. */
    public int size() {
        return INSTRUCTION_SIZE * instructions.size();
    }

    /** Writes the array at index 0 of {@code into}, which is in the host's byte order. */
    public void encode(ByteBuffer into) {
        int at = 0;
        for (Instruction step : instructions) {
            into.putShort(at, (short) step.code);
            into.put(at + 2, (byte) step.jt);
            into.put(at + 3, (byte) step.jf);
            into.putInt(at + 4, step.k);
            at += INSTRUCTION_SIZE;
        }
    }
}
