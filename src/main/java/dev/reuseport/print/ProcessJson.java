package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.ProcessSockets;
import dev.reuseport.proc.RunningProcess;

/** The JSON of {@code inspect --pid}. */
public final class ProcessJson {
    private ProcessJson() {}

    public static JsonObject of(RunningProcess process, ProcessSockets.Inventory found) {
        JsonArray sockets = new JsonArray();
        found.sockets().forEach(socket -> sockets.add(socket(socket)));
        JsonArray lost = new JsonArray();
        found.lost().forEach(lost::add);
        JsonObject json = new JsonObject();
        json.addProperty("pid", process.pid());
        json.addProperty("command", process.command().text());
        json.add("sockets", sockets);
        json.add("lost", lost);
        return json;
    }

    private static JsonObject socket(ForeignSocket socket) {
        JsonObject json = new JsonObject();
        json.addProperty("fd", socket.fd());
        json.addProperty("inode", socket.inode());
        json.addProperty("uid", Integer.toUnsignedLong(socket.uid()));
        json.addProperty("family", socket.family().name());
        json.addProperty("type", socket.type().name());
        json.addProperty("protocol", socket.protocol().name());
        json.addProperty("local", socket.local().toString());
        json.addProperty("peer", socket.peer().map(Object::toString).orElse(null));
        json.addProperty("state", socket.state().name());
        json.addProperty("queue", socket.queue().map(AcceptQueue::length).orElse(null));
        json.addProperty("backlog", socket.queue().map(AcceptQueue::limit).orElse(null));
        json.add("options", Json.readings(socket.readings()));
        return json;
    }
}
