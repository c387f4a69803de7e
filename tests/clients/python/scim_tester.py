"""Holds the demo's SCIM endpoints against the RFCs with the PyPI library `scim2-tester`, and reads the description of the API with
`openapi-spec-validator`:

    python scim_tester.py DIR/demo.json imagin
"""

import json
import sys

import requests
from httpx2 import Client
from openapi_spec_validator import validate
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

told, client_id = sys.argv[1:]
with open(told, encoding="utf-8") as file:
    demo = json.load(file)
registered = next(it for it in demo["clients"] if it["client_id"] == client_id)

answer = requests.post(
    demo["issuer"] + "/token",
    data={"grant_type": "client_credentials", "scope": registered["scope"]},
    auth=(client_id, registered["client_secret"]),
    timeout=30,
)
answer.raise_for_status()
print("asked for a token for", client_id)

headers = {"Authorization": "Bearer " + answer.json()["access_token"]}
with Client(base_url=demo["issuer"] + "/scim/v2", headers=headers, timeout=30) as http:
    results = check_server(SyncSCIMClient(http))
failed = {}
for result in results:
    if result.status not in (Status.SUCCESS, Status.SKIPPED):
        urn = result.data.get("urn", "") if isinstance(result.data, dict) else ""
        failed[(result.title, urn)] = result.reason
        print(result.status.name, result.title, urn, result.reason)
EXTENSION = "urn:guichet:params:scim:schemas:extension:2.0:User"
# What the library expects and no RFC demands; each is so on purpose.
assert set(failed) == {
    # It adds to userName, which is immutable and has a value.
    ("check_add_attribute", "userName"),
    # It wants back what it sent, without the parts that the server sets (name.formatted, emails.primary).
    ("check_replace_attribute", "name"),
    ("check_add_attribute", "emails"),
    ("check_replace_attribute", "emails"),
    # It writes an extension that is read-only, to somebody who has neither a letter nor another record.
    ("check_add_attribute", EXTENSION),
    ("check_replace_attribute", EXTENSION),
    # It takes away what is true or false and nothing else.
    ("check_remove_attribute", "active"),
}, sorted(failed)
done = sum(result.status is Status.SUCCESS for result in results)
assert done > 20, f"only {done} checks were made"
print("checked by scim2-tester:", done, "checks")

validate(requests.get(demo["issuer"] + "/api/openapi.json", timeout=30).json())
print("described in OpenAPI")
