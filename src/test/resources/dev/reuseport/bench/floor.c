/* The calls that the benchmarks make, in loops of C: what a call costs when nothing lies between. */
#include <sys/socket.h>

int getsockopt_loop(int fd, int level, int optname, int times) {
    int value;
    int result = 0;
    for (int i = 0; i < times && result == 0; i++) {
        socklen_t length = sizeof value;
        result = getsockopt(fd, level, optname, &value, &length);
    }
    return result;
}

int setsockopt_loop(int fd, int level, int optname, int value, int times) {
    int result = 0;
    for (int i = 0; i < times && result == 0; i++) {
        result = setsockopt(fd, level, optname, &value, sizeof value);
    }
    return result;
}
