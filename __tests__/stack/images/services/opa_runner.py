"""opa-runner: logs in as opa and hands the token on, when it starts and every 300 s, or 30 s after it failed."""

import http.client
import json
import time

import vault
from web import end_on_signal


def hand_on(token):
    connection = http.client.HTTPConnection("opa", 8181, timeout=10)
    try:
        connection.request("PUT", "/v1/data/store_token", body=json.dumps({"token": token}))
        return connection.getresponse().status == 204
    except OSError:
        return False
    finally:
        connection.close()


end_on_signal()
while True:
    status, token = vault.log_in()
    stored = token is not None and hand_on(token)
    print("vault token stored" if stored else f"vault token not stored, status {status}", flush=True)
    time.sleep(300 if stored else 30)
