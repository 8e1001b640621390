"""OPA as a backup sees it: reads authorization from Vault with a token that opa-runner hands to it and that it keeps in
memory only. One that was just started knows nobody until opa-runner comes by."""

import vault
from web import end_on_signal, serve

store = {"token": None}


def take_token(value):
    store["token"] = value["token"]
    return 204, None


def read(path):
    status, answer = vault.call("GET", path, store["token"])
    return status, answer["data"] if status == 200 else None


def permissions(value):
    """Which programs a user may see; asked by a service that shows the token it left in Vault."""
    asked = value["input"]
    if store["token"] is None:
        return 403, {"message": "no store token"}
    status, _ = read(f"{asked['service']}/token/{asked['service_token'] or 'none'}")
    if status != 200:
        return (403 if status == 404 else status), {"message": "service token not known"}
    status, roles = read("opa/site_roles")
    if status != 200:
        return status, {"message": "no site roles"}
    admin = asked["user"] in roles["site_roles"]["admin"]
    status, found = read("opa/programs" if admin else f"opa/users/{asked['user']}")
    if status == 404:
        return 200, {"result": {"site_admin": admin, "datasets": []}}
    if status != 200:
        return status, {"message": "no programs"}
    return 200, {"result": {"site_admin": admin, "datasets": sorted(found["programs"])}}


end_on_signal()
serve(
    8181,
    {"/v1/data/service/service-info": lambda: (200, {"id": "opa", "version": "stand-in"})},
    writes={"/v1/data/store_token": take_token, "/v1/data/permissions": permissions},
)
