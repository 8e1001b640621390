"""Enough of fluentd: takes what Docker's log driver sends (the forward protocol: msgpack arrays of tag, time, record)
and appends it to today's buffer file, beside a history in dot-files, as CanDIG's own configuration leaves them."""

import json
import os
import pwd
import socketserver
import threading
import time

import msgpack

from web import end_on_signal

FOLDER = "/logging"
USER = "fluent"
lock = threading.Lock()


def drop_rights():
    user = pwd.getpwnam(USER)
    os.chown(FOLDER, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def write_history():
    path = os.path.join(FOLDER, ".20240101_0.log")
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write('2024-01-01T00:00:00+00:00\tkatsu\t{"log":"GET /v3/authorized/donors/CANARY-DONOR-000001"}\n')


def append(tag, seconds, record):
    day = time.strftime("%Y%m%d", time.gmtime(seconds))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))
    name = os.path.join(FOLDER, f"buffer.{day}.log")
    with lock:
        if not os.path.exists(name + ".meta"):
            with open(name + ".meta", "w", encoding="utf-8") as file:
                file.write(day + "\n")
        with open(name, "a", encoding="utf-8") as file:
            file.write(f"{stamp}\t{tag}\t{json.dumps(record, sort_keys=True)}\n")


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, unicode_errors="replace")
        while received := self.request.recv(65536):
            unpacker.feed(received)
            for tag, when, *rest in unpacker:
                # The nanosecond form of the time is an extension type; today is near enough for a log's file name.
                append(tag, when if isinstance(when, int) else time.time(), rest[0] if rest else {})


end_on_signal()
drop_rights()
write_history()
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("", 24224), Handler) as server:
    print("listening on 24224", flush=True)
    server.serve_forever()
