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
for result in results:
    if result.status not in (Status.SUCCESS, Status.SKIPPED):
        print(result.status.name, result.title, result.reason, result.data, file=sys.stderr)
done = [result for result in results if result.status is Status.SUCCESS]
assert not [result for result in results if result.status in (Status.ERROR, Status.CRITICAL)]
assert len(done) > 20, f"only {len(done)} checks were made"
print("checked by scim2-tester:", len(done), "checks")

validate(requests.get(demo["issuer"] + "/api/openapi.json", timeout=30).json())
print("described in OpenAPI")
