"""federation as a backup sees it: one more service with a role of its own, whose peers are in Vault."""

import vault
from web import end_on_signal, serve


def servers():
    status, token = vault.log_in()
    if token is not None:
        status, answer = vault.call("GET", "federation/servers", token)
    return (200, answer["data"]["servers"]) if status == 200 else (status, {"message": "no servers"})


end_on_signal()
serve(
    4232,
    {
        "/federation/v1/service-info": lambda: (200, {"id": "federation", "version": "stand-in"}),
        "/federation/v1/servers": servers,
        "/vault-login": vault.try_login,
    },
)
