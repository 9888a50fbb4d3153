package dev.reuseport.receiver;

import dev.reuseport.socket.Mode;

final class JdkReceiverIT extends ReceiverContract {
    @Override
    Mode mode() {
        return Mode.JDK;
    }
}
