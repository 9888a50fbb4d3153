package dev.reuseport.receiver;

import dev.reuseport.socket.Mode;

final class NativeReceiverIT extends ReceiverContract {
    @Override
    Mode mode() {
        return Mode.NATIVE;
    }
}
