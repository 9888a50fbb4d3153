"""A group of 4,096 listeners of 64 processes with 50,000 connections, and how long it takes to look at it.

Arguments: the launcher, and how many rounds. Prints a line for each measurement: who, and seconds or a share of a core.
Has a network namespace and a process namespace of its own: unshare -n -pf --mount-proc.
"""
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time

PROCESSES, LISTENERS, CLIENTS, CONNECTIONS = 64, 64, 5, 50_000
PORT = 7777
ADDRESS = ("127.0.0.1", PORT)


def sysctl(name, value):
    with open("/proc/sys/net/" + name, "w") as file:
        file.write(value)


def serve(ready):
    listeners = {}
    waiting = select.epoll()
    for _ in range(LISTENERS):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(ADDRESS)
        listener.listen(1024)
        listener.setblocking(False)
        listeners[listener.fileno()] = listener
        waiting.register(listener, select.EPOLLIN)
    os.write(ready, b"x")
    held = []
    while True:
        for descriptor, _ in waiting.poll():
            held.append(listeners[descriptor].accept()[0])


def connect(ready):
    held = []
    for _ in range(CONNECTIONS // CLIENTS):
        client = socket.socket()
        client.connect(ADDRESS)
        held.append(client)
    os.write(ready, b"x")
    while True:
        signal.pause()


def start(count, what):
    done, ready = os.pipe()
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            what(ready)
        pids.append(pid)
    for _ in range(count):
        os.read(done, 1)
    return pids


def seconds(*command):
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def ticks(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def watching(launcher):
    """The shares of a core that --watch takes from the fifth second to the 25th, and in the twenty behind them."""
    watch = subprocess.Popen([launcher, "group", "tcp", f"127.0.0.1:{PORT}", "--watch=1s"], stdout=subprocess.DEVNULL)
    time.sleep(5)
    counts = [ticks(watch.pid)]
    for _ in range(2):
        time.sleep(20)
        counts.append(ticks(watch.pid))
    watch.kill()
    watch.wait()
    return [(b - a) / os.sysconf("SC_CLK_TCK") / 20 for a, b in zip(counts, counts[1:])]


launcher, rounds = sys.argv[1], int(sys.argv[2])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
sysctl("core/somaxconn", "65535")
sysctl("ipv4/ip_local_port_range", "1024 65000")
sysctl("ipv4/ip_local_reserved_ports", str(PORT))
resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS // CLIENTS + 100,) * 2)
scene = []
try:
    scene += start(PROCESSES, serve)
    scene += start(CLIENTS, connect)
    time.sleep(2)
    for _ in range(rounds):
        print("ss -tanp", seconds("ss", "-tanp"), flush=True)
        print("group", seconds(launcher, "group", "tcp", f"127.0.0.1:{PORT}"), flush=True)
    for share in watching(launcher):
        print("share", share, flush=True)
finally:
    for pid in scene:
        os.kill(pid, signal.SIGKILL)
