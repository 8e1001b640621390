"""candig-ingest as a backup sees it: no database, but a folder of pending ingests that it takes up again at the start."""

import os

import vault
from web import end_on_signal, serve

QUEUE = os.path.join(os.environ["DAEMON_PATH"], "to_ingest")

end_on_signal()
os.makedirs(QUEUE, exist_ok=True)
for name in sorted(os.listdir(QUEUE)):
    print(f"resumed {name}", flush=True)
serve(
    1235,
    {"/service-info": lambda: (200, {"id": "candig-ingest", "version": "stand-in"}), "/vault-login": vault.try_login},
)
