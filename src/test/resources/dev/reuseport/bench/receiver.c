/*
 * The receiver as C has it: the calls of the article, the lines of `reuseport serve`, and nothing else. The floor that a
 * benchmark measures against. Usage: receiver PORT BACKLOG [more]
 *
 * With `more` the end of the stream goes with the reply, as `reuseport serve` sends it natively.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char line[5 * 4096];
static size_t prefix;

static void check(int ok, const char *call) {
    if (!ok) {
        perror(call);
        exit(1);
    }
}

/* Writes the line that has been laid out up to `end`. */
static void say(char *end) {
    *end++ = '\n';
    check(write(2, line, end - line) == end - line, "write");
}

static char *add(char *end, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    end += vsprintf(end, format, arguments);
    va_end(arguments);
    return end;
}

static char *add_name(char *end, int fd) {
    struct sockaddr_in6 name;
    socklen_t length = sizeof name;
    char host[INET6_ADDRSTRLEN];
    check(getsockname(fd, (struct sockaddr *) &name, &length) == 0, "getsockname");
    inet_ntop(AF_INET6, &name.sin6_addr, host, sizeof host);
    return add(end, "('%s', %d, %u, %u)", host, ntohs(name.sin6_port), ntohl(name.sin6_flowinfo), name.sin6_scope_id);
}

/* As Python prints bytes. */
static char *add_repr(char *end, const unsigned char *message, ssize_t length) {
    char quote = memchr(message, '\'', length) && !memchr(message, '"', length) ? '"' : '\'';
    *end++ = 'b';
    *end++ = quote;
    for (ssize_t i = 0; i < length; i++) {
        unsigned char octet = message[i];
        if (octet == quote || octet == '\\') {
            *end++ = '\\';
            *end++ = octet;
        } else if (octet == '\t' || octet == '\n' || octet == '\r') {
            *end++ = '\\';
            *end++ = octet == '\t' ? 't' : octet == '\n' ? 'n' : 'r';
        } else if (octet < ' ' || octet > '~') {
            end = add(end, "\\x%02x", octet);
        } else {
            *end++ = octet;
        }
    }
    *end++ = quote;
    return end;
}

int main(int argc, char **argv) {
    check(argc == 3 || argc == 4, "receiver PORT BACKLOG [more]");
    prefix = sprintf(line, "Receiver-%d: ", getpid());
    char *start = line + prefix;
    say(add(start, "pid=%d", getpid()));
    int listener = socket(AF_INET6, SOCK_STREAM, 0);
    check(listener >= 0, "socket");
    int on = 1;
    int addr = 0;
    int port = 0;
    socklen_t length = sizeof on;
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "setsockopt");
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0, "setsockopt");
    check(getsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &addr, &length) == 0, "getsockopt");
    check(getsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &port, &length) == 0, "getsockopt");
    say(add(start, "so_reuseaddr=%d", addr));
    say(add(start, "so_reuseport=%d", port));
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    name.sin6_port = htons(atoi(argv[1]));
    check(bind(listener, (struct sockaddr *) &name, sizeof name) == 0, "bind");
    check(listen(listener, atoi(argv[2])) == 0, "listen");
    say(add_name(add(start, "Listening sockname="), listener));
    for (;;) {
        static unsigned char message[4096];
        int peer = accept(listener, NULL, NULL);
        check(peer >= 0, "accept");
        say(add_name(add(start, "accepted sockname="), peer));
        ssize_t count = recv(peer, message, sizeof message, 0);
        if (count >= 0) {
            char *end = add_repr(add(start, "recv message="), message, count);
            say(end);
            char left;
            int more = argc == 4 && recv(peer, &left, 1, MSG_PEEK | MSG_DONTWAIT) == 0 ? MSG_MORE : 0;
            send(peer, line, end + 1 - line, MSG_NOSIGNAL | more);
        }
        close(peer);
    }
}
