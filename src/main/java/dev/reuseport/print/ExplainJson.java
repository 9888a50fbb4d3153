package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.Optional;

/** The JSON of {@code explain}. */
public final class ExplainJson {
    private ExplainJson() {}

    public static JsonObject of(Explanation explanation) {
        JsonArray remedies = new JsonArray();
        explanation.remedies().forEach(remedy -> remedies.add(remedy.text()));
        JsonArray owners = new JsonArray();
        explanation.members().forEach(member -> owners.add(owner(member)));
        JsonArray notes = new JsonArray();
        explanation.notes().forEach(notes::add);
        JsonObject json = new JsonObject();
        json.addProperty("verdict", explanation.verdict().name());
        json.addProperty("call", explanation.call().isEmpty() ? null : explanation.call());
        json.addProperty("untried", explanation.untried().isEmpty() ? null : explanation.untried());
        json.addProperty("predicted", explanation.predicted().map(Outcome::name).orElse(null));
        json.addProperty("agrees", explanation.agrees());
        json.addProperty("rule", explanation.rule().toString());
        json.addProperty("reason", explanation.reason());
        json.add("remedies", remedies);
        json.add("owners", owners);
        json.add("notes", notes);
        return json;
    }

    private static JsonObject owner(Explanation.Member member) {
        PortSockets.Found socket = member.socket();
        Optional<PortSockets.Owner> first = socket.owners().stream().findFirst();
        JsonObject json = new JsonObject();
        json.addProperty("pid", first.map(owner -> owner.process().pid()).orElse(null));
        json.addProperty("fd", first.map(PortSockets.Owner::fd).orElse(null));
        json.addProperty(
                "uid",
                socket.uid().isPresent() ? Integer.toUnsignedLong(socket.uid().getAsInt()) : null);
        json.addProperty(
                "command", first.map(owner -> owner.process().command().text()).orElse(null));
        json.addProperty("state", socket.state().name());
        json.addProperty("local", socket.local().toString());
        json.addProperty("peer", socket.peer().map(Object::toString).orElse(null));
        json.addProperty("reuseAddr", flag(socket, SockOpts.SO_REUSEADDR));
        json.addProperty("reusePort", flag(socket, SockOpts.SO_REUSEPORT));
        json.addProperty("v6only", flag(socket, SockOpts.IPV6_V6ONLY));
        json.addProperty(
                "device",
                socket.read()
                        .flatMap(read -> read.value(SockOpts.SO_BINDTODEVICE))
                        .filter(name -> !name.isEmpty())
                        .orElse(null));
        json.addProperty(
                "queue", socket.waiting().isPresent() ? socket.waiting().getAsLong() : null);
        json.addProperty(
                "backlog",
                socket.read()
                        .flatMap(ForeignSocket::queue)
                        .map(AcceptQueue::limit)
                        .orElse(null));
        json.addProperty("inTheWay", member.inTheWay());
        JsonArray others = new JsonArray();
        socket.owners().stream().skip(1).forEach(owner -> {
            JsonObject other = new JsonObject();
            other.addProperty("pid", owner.process().pid());
            other.addProperty("fd", owner.fd());
            others.add(other);
        });
        json.add("alsoHeldBy", others);
        return json;
    }

    private static Boolean flag(PortSockets.Found socket, SockOpt<Boolean> option) {
        return socket.read().flatMap(read -> read.value(option)).orElse(null);
    }
}
