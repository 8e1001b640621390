"""query as a backup sees it: it leaves a service token of its own in Vault once, when it starts, and shows that to OPA
from then on. A Vault that does not know it gives 403 for every look-up, and the health check stays green."""

import http.client
import json
import uuid

import vault
from web import end_on_signal, serve


def make_service_token():
    status, token = vault.log_in()
    made = str(uuid.uuid1())
    if token is not None:
        status, _ = vault.call("POST", f"query/token/{made}", token, {"token": made})
    print(f"service token: status {status}", flush=True)
    return made if status == 204 else ""


end_on_signal()
service_token = make_service_token()


def look_up(user):
    """The programs that `user` may see, as OPA says."""
    asked = {"input": {"user": user, "service": "query", "service_token": service_token}}
    connection = http.client.HTTPConnection("opa", 8181, timeout=10)
    try:
        connection.request("POST", "/v1/data/permissions", body=json.dumps(asked))
        answer = connection.getresponse()
        value = json.loads(answer.read())
        return answer.status, value.get("result", value)
    except OSError:
        return 502, {"message": "OPA does not answer"}
    finally:
        connection.close()


serve(
    3000,
    {"/service-info": lambda: (200, {"id": "query", "version": "stand-in"}), "/vault-login": vault.try_login},
    under={"/lookup/": look_up},
)
