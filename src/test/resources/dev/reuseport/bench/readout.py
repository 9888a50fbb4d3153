"""What `reuseport inspect SO_REUSEADDR SO_REUSEPORT` does and prints."""
import socket

with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as fresh:
    print("SOL_SOCKET")
    for name in ("SO_REUSEADDR", "SO_REUSEPORT"):
        raw = fresh.getsockopt(socket.SOL_SOCKET, getattr(socket, name), 4)
        print(f"  {name}  {'on' if any(raw) else 'off'}  {raw.hex()}")
