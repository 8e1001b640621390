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
    # Nobody but root and this user may read what is logged.
    os.umask(0o027)


def write_history():
    """The days before: what CanDIG's own fluentd closes at midnight."""
    for day in range(1, 6):
        path = os.path.join(FOLDER, f".2024010{day}_0.log")
        if os.path.exists(path):
            continue
        with open(path, "w", encoding="utf-8") as file:
            for request in range(200):
                stamp = f"2024-01-0{day}T{request // 60:02}:{request % 60:02}:00+00:00"
                line = f"GET /v3/authorized/donors/CANARY-DONOR-{request % 97 + 1:06}"
                file.write(f'{stamp}\tcandigv2_katsu_1\t{{"log":"{line}"}}\n')


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
