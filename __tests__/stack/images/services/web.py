"""The part every stand-in shares: JSON over HTTP in threads, a log line a request, and a prompt end on SIGTERM."""

import json
import os
import signal
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def secret(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def end_on_signal():
    # As process 1 in a container, a program without handlers of its own would sit out the ten seconds of `docker stop`.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))


def serve(port, routes, under=None, writes=None):
    """`routes` maps a path to a function that gives (status, JSON value), `under` the start of a path to a function of
    its rest, `writes` the path of a PUT or POST to a function of its JSON body. One that raises is answered with 500."""

    def find(path):
        if path in routes:
            return routes[path]
        for start, route in (under or {}).items():
            if path.startswith(start):
                return lambda: route(urllib.parse.unquote(path[len(start) :]))
        return None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, route):
            try:
                status, value = route() if route else (404, {"message": "no such path"})
            except Exception as error:
                print(f"ERROR {self.path}: {type(error).__name__}", flush=True)
                status, value = 500, {"message": "server error"}
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(find(self.path.split("?")[0]))

        def do_PUT(self):
            value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            write = (writes or {}).get(self.path)
            self.answer(write and (lambda: write(value)))

        do_POST = do_PUT

        def log_message(self, format, *args):
            print(f"{self.address_string()} {format % args}", flush=True)

    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("", port), Handler)
    print(f"serving on {port}", flush=True)
    server.serve_forever()
