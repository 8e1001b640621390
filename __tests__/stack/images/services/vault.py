"""How CanDIG's services come to what Vault keeps: with the approle token they ask for a secret id of their role, with
that and the role id they log in. Run as a program it tells the HTTP status of one such login, from inside a container."""

import http.client
import json
import os
import urllib.parse

from web import secret

TOKEN_FILE = "/run/secrets/vault-approle-token"
ROLE_ID_FILE = "/home/candig/roleid"


def call(method, path, token=None, body=None):
    """Gives (status, JSON value or None); 502 where Vault cannot be reached."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(os.environ["VAULT_URL"]).netloc, timeout=10)
    try:
        headers = {"X-Vault-Token": token} if token else {}
        payload = None if body is None else json.dumps(body)
        connection.request(method, "/v1/" + urllib.parse.quote(path), body=payload, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    except OSError:
        return 502, None
    finally:
        connection.close()


def log_in():
    """Gives (200, a token of this service), or (the status of the step that failed, None)."""
    role = os.environ["SERVICE_NAME"]
    status, answer = call("POST", f"auth/approle/role/{role}/secret-id", secret(TOKEN_FILE))
    if status != 200:
        return status, None
    login = {"role_id": secret(ROLE_ID_FILE), "secret_id": answer["data"]["secret_id"]}
    status, answer = call("POST", "auth/approle/login", body=login)
    return (200, answer["auth"]["client_token"]) if status == 200 else (status, None)


def try_login():
    """The route `/vault-login`: logs in as this service and reads a secret that every service may read."""
    status, token = log_in()
    if token is not None:
        status, _ = call("GET", "keycloak/client-id", token)
    return status, {"status": status}


if __name__ == "__main__":
    print(try_login()[0])
