package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Linux's {@code struct tcp_info} by its fields' names (linux/tcp.h), without the prefix {@code tcpi_}.
 *
 * <p>The structure grew: a kernel returns as much of it as it knows, and the fields beyond are absent here. The four bytes
 * behind received_ce_bytes are left out, because they changed their meaning: two u16 in Linux 6.18, bit-fields since. On a listener
 * {@code unacked} is the length of the accept queue and {@code sacked} its limit.
 *
 * @param fields the fields in the structure's order; those of 64 bits are unsigned
 */
public record TcpInfo(Map<String, Long> fields) {
    /** Room for more than any kernel returns, in bytes. */
    static final int MAX_SIZE = 512;

    /** Where the bytes of the bit-fields stand. */
    private static final int WSCALE = 6;

    private static final int FLAGS = 7;

    /** The fields without bit-fields: width in bytes, then names. Everything stands at a multiple of its width. */
    private static final String[][] LAYOUT = {
        {"1", "state", "ca_state", "retransmits", "probes", "backoff", "options", "snd_wscale rcv_wscale", "flags"},
        {"4", "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets"},
        {"4", "last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv"},
        {"4", "pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering"},
        {"4", "rcv_rtt", "rcv_space", "total_retrans"},
        {"8", "pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received"},
        {"4", "segs_out", "segs_in", "notsent_bytes", "min_rtt", "data_segs_in", "data_segs_out"},
        {"8", "delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited"},
        {"4", "delivered", "delivered_ce"},
        {"8", "bytes_sent", "bytes_retrans"},
        {"4", "dsack_dups", "reord_seen", "rcv_ooopack", "snd_wnd", "rcv_wnd", "rehash"},
        {"2", "total_rto", "total_rto_recoveries"},
        {"4", "total_rto_time", "received_ce", "delivered_e1_bytes", "delivered_e0_bytes", "delivered_ce_bytes"},
        {"4", "received_e1_bytes", "received_e0_bytes", "received_ce_bytes"},
    };

    /** Keeps the fields in their order. */
    public TcpInfo {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    static Optional<TcpInfo> decode(Abi abi, ByteBuffer bytes, int length) {
        if (length <= FLAGS) {
            return Optional.empty();
        }
        Map<String, Long> fields = new LinkedHashMap<>();
        int at = 0;
        for (String[] row : LAYOUT) {
            int width = Integer.parseInt(row[0]);
            for (int i = 1; i < row.length && at + width <= length; i++, at += width) {
                if (at == WSCALE || at == FLAGS) {
                    bitFields(fields, abi, bytes, at);
                } else {
                    fields.put(row[i], field(bytes, at, width));
                }
            }
        }
        return Optional.of(new TcpInfo(fields));
    }

    /** The compiler fills bit-fields from the low end on little-endian CPUs and from the high end on the others. */
    private static void bitFields(Map<String, Long> fields, Abi abi, ByteBuffer bytes, int at) {
        int octet = bytes.get(at) & 0xff;
        boolean low = abi.order() == ByteOrder.LITTLE_ENDIAN;
        if (at == WSCALE) {
            fields.put("snd_wscale", (long) (low ? octet & 0xf : octet >>> 4));
            fields.put("rcv_wscale", (long) (low ? octet >>> 4 : octet & 0xf));
        } else {
            fields.put("delivery_rate_app_limited", (long) (low ? octet & 1 : octet >>> 7));
            fields.put("fastopen_client_fail", (long) (low ? octet >>> 1 & 3 : octet >>> 5 & 3));
        }
    }

    private static long field(ByteBuffer bytes, int at, int width) {
        return switch (width) {
            case 1 -> bytes.get(at) & 0xffL;
            case 2 -> bytes.getShort(at) & 0xffffL;
            case 4 -> bytes.getInt(at) & 0xffffffffL;
            default -> bytes.getLong(at);
        };
    }

    @Override
    public String toString() {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + Long.toUnsignedString(field.getValue()))
                .collect(Collectors.joining(" "));
    }
}
