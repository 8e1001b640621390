"""vault-runner, as CanDIG has it beside Vault: it makes the data folder in the volume when its container is new, unseals
Vault only when it is started again, and keeps the approle token alive, or makes it again with the root token."""

import os
import shutil
import time

import vault
from web import end_on_signal, secret

# In the container's own layer: a container that is made anew runs its first set-up again, and does not unseal.
DONE = "/var/lib/vault-runner-set-up"
KEYS = "/vault/config/keys.txt"


def set_up():
    for name in os.listdir("/opt/candig"):
        if name.startswith("vault"):
            shutil.copy(f"/opt/candig/{name}", "/vault/")
    os.makedirs("/vault/data", exist_ok=True)
    os.chmod("/vault/data", 0o777)
    with open(DONE, "w", encoding="utf-8"):
        pass
    print("set up", flush=True)


def keys():
    return [line.strip() for line in secret(KEYS).splitlines()]


def unseal():
    time.sleep(10)
    for key in keys()[1:4]:
        status, _ = vault.call("PUT", "sys/unseal", body={"key": key})
        print(f"unseal: status {status}", flush=True)


def renew():
    token = secret(vault.TOKEN_FILE)
    status, _ = vault.call("POST", "auth/token/renew-self", token)
    print(f"renew: status {status}", flush=True)
    if status != 200:
        # CanDIG says "periodic", which Vault does not know: it gives the system's longest life instead.
        wanted = {"id": token, "policies": ["approle"], "periodic": "24h"}
        status, _ = vault.call("POST", "auth/token/create/approle", keys()[-1], wanted)
        print(f"create: status {status}", flush=True)


end_on_signal()
try:
    if os.path.exists(DONE):
        unseal()
    else:
        set_up()
except OSError as error:
    print(f"ERROR {type(error).__name__}", flush=True)
while True:
    try:
        renew()
    except OSError as error:
        print(f"ERROR {type(error).__name__}", flush=True)
    time.sleep(600)
