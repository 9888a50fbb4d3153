"""The receiver as one writes it in Python: the calls of `reuseport serve`, and its lines by logging.

Usage: receiver.py PORT BACKLOG
"""
import logging
import os
import socket
import sys

logging.basicConfig(format="%(message)s", level=logging.INFO)
log = logging.getLogger()
name = f"Receiver-{os.getpid()}"

log.info("%s: pid=%d", name, os.getpid())
with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as listener:
    options = (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
    for option in options:
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
    addr, port = (listener.getsockopt(socket.SOL_SOCKET, option) for option in options)
    log.info("%s: so_reuseaddr=%d", name, addr)
    log.info("%s: so_reuseport=%d", name, port)
    listener.bind(("::1", int(sys.argv[1])))
    listener.listen(int(sys.argv[2]))
    log.info("%s: Listening sockname=%s", name, listener.getsockname())
    while True:
        peer, _ = listener.accept()
        with peer:
            log.info("%s: accepted sockname=%s", name, peer.getsockname())
            reply = f"{name}: recv message={peer.recv(4096)}"
            log.info("%s", reply)
            peer.sendall(f"{reply}\n".encode())
