"""Notes the arguments and environments of every process of this machine, those in containers too, until its standard
input ends; then prints them as JSON. The kernel tells of each program that begins (its process connector, which only
root may hear), and it is looked at before it has done much: this runs before everything else. Where the kernel does not
tell, /proc is read over and over."""

import json
import os
import select
import socket
import struct
import sys
import time

NETLINK_CONNECTOR = 11
CN_IDX_PROC = CN_VAL_PROC = 1
LISTEN = 1
EXEC = 2
SO_RCVBUFFORCE = 33
HEADERS = 16 + 20

commands, environments = set(), set()
told = missed = 0


def look(pid):
    """Whether there was anything to see: a process that has ended has no arguments any more, nor has a kernel thread."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read()
        commands.add(command)
        with open(f"/proc/{pid}/environ", "rb") as file:
            environments.add(file.read())
    except PermissionError:
        # Somebody else's environment.
        pass
    except OSError:
        return False
    return command != b""


def look_at_all():
    for name in os.listdir("/proc"):
        if name.isdigit():
            look(name)


def listen():
    connector = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
    connector.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    connector.bind((os.getpid(), CN_IDX_PROC))
    wish = struct.pack("=I", LISTEN)
    message = struct.pack("=IIIIHH", CN_IDX_PROC, CN_VAL_PROC, 0, 0, len(wish), 0) + wish
    connector.send(struct.pack("=IHHII", 16 + len(message), 3, 0, 0, os.getpid()) + message)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    return connector


def hear(connector):
    global told, missed
    try:
        event = connector.recv(4096)
    except OSError:
        # More were told of than there was room for.
        missed += 1
        return
    if struct.unpack_from("=I", event, HEADERS)[0] != EXEC:
        return
    told += 1
    pid = struct.unpack_from("=i", event, HEADERS + 20)[0]
    if not look(pid):
        missed += 1


def report():
    seen = {"commands": commands, "environments": environments}
    texts = {name: [it.decode("latin-1") for it in all_] for name, all_ in seen.items()}
    print(json.dumps({**texts, "told": told, "missed": missed}), flush=True)


try:
    connector = listen()
    pause = 0.25
except OSError:
    connector = None
    pause = 0
print("watching", flush=True)
sources = [source for source in (connector, sys.stdin) if source is not None]
next_look = 0
while True:
    # Also now and then, since a process may write over its own.
    if time.monotonic() >= next_look:
        look_at_all()
        next_look = time.monotonic() + pause
    ready = select.select(sources, [], [], pause)[0]
    if sys.stdin in ready:
        break
    if connector in ready:
        hear(connector)
report()
