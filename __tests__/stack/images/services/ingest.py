"""candig-ingest as a backup sees it: no database, but a folder of pending ingests that it takes up again at the start."""

import os

import vault
from web import end_on_signal, secret, serve

QUEUE = os.path.join(os.environ["DAEMON_PATH"], "to_ingest")


def keycloak_login():
    """Whether Keycloak, which knows the secret in the checkout, would take the one in Vault."""
    status, token = vault.log_in()
    if token is not None:
        status, answer = vault.call("GET", "keycloak/client-secret", token)
    if status != 200:
        return status, {"message": "no client secret"}
    same = answer["data"]["value"] == secret("/run/secrets/client_secret")
    return (200, {}) if same else (401, {"message": "invalid client secret"})


end_on_signal()
os.makedirs(QUEUE, exist_ok=True)
for name in sorted(os.listdir(QUEUE)):
    print(f"resumed {name}", flush=True)
serve(
    1235,
    {
        "/service-info": lambda: (200, {"id": "candig-ingest", "version": "stand-in"}),
        "/vault-login": vault.try_login,
        "/keycloak-login": keycloak_login,
    },
)
