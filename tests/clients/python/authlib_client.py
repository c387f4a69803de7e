"""Signs the demo's external person in with the PyPI library `Authlib`, as any integrator would:

    python authlib_client.py DIR/demo.json [CLIENT_ID]
"""

import json
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as LogoutMetadata
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from person import Person

# Nothing listens there: the script reads the answer off the address, as the library is given it.
REDIRECT_URI = "http://127.0.0.1:8089/callback"
SCOPE = "openid profile email offline_access"

told, *wanted = sys.argv[1:]
with open(told, encoding="utf-8") as file:
    demo = json.load(file)
usable = [it for it in demo["clients"] if it.get("client_secret") and REDIRECT_URI in it["redirect_uris"]]
registered = next(it for it in usable if it["client_id"] in (wanted or [it["client_id"]]))
sample = next(it for it in demo["people"] if it["case"] == "external")

# Discovery, with every check that the library has. It takes http on this machine's own addresses; nothing is relaxed.
metadata = OpenIDProviderMetadata(requests.get(get_well_known_url(demo["issuer"], external=True), timeout=30).json())
metadata.validate(metadata_classes=[LogoutMetadata])
assert metadata["issuer"] == demo["issuer"], metadata["issuer"]
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
print("discovered", metadata["issuer"], "for", registered["client_id"])

client = OAuth2Session(
    registered["client_id"],
    registered["client_secret"],
    token_endpoint_auth_method=registered.get("token_endpoint_auth_method", "client_secret_basic"),
    scope=SCOPE,
    redirect_uri=REDIRECT_URI,
    code_challenge_method="S256",
)


def verified(id_token: str, access_token: str, nonce: str | None) -> CodeIDToken:
    """The claims of an ID token whose signature and claims hold (OpenID Connect Core §3.1.3.7)."""
    algorithms = metadata["id_token_signing_alg_values_supported"]
    token = jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=algorithms))
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"essential": True, "value": metadata["issuer"]}, "aud": {"essential": True, "value": client.client_id}},
        {"client_id": client.client_id, "access_token": access_token, "nonce": nonce},
    )
    claims.validate()
    return claims


# Sign in: code, PKCE, state, nonce.
verifier, nonce = generate_token(64), generate_token(32)
address, state = client.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)
person = Person()
form = person.follow(person.open(address), "/sign-in/external")
values = {"username": sample["identifier"], "password": sample["password"]}
callback = person.submit(form, "login-submit", values, stop_at=REDIRECT_URI).url
assert "code=" in callback, callback

tokens = client.fetch_token(
    metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
)
claims = verified(tokens["id_token"], tokens["access_token"], nonce)
print("signed in", dict(claims))

# Refresh, then ask who this is.
id_token, first_refresh_token = tokens["id_token"], tokens["refresh_token"]
fresh = client.refresh_token(metadata["token_endpoint"], first_refresh_token)
assert fresh["refresh_token"] != first_refresh_token, "the refresh token was not rotated"
if "id_token" in fresh:
    assert verified(fresh["id_token"], fresh["access_token"], None)["sub"] == claims["sub"]
print("refreshed", sorted(fresh))
answer = client.get(metadata["userinfo_endpoint"], timeout=30)
answer.raise_for_status()
userinfo = answer.json()
assert userinfo["sub"] == claims["sub"] and userinfo["family_name"], userinfo
print("userinfo", userinfo)

# Sign out, and come back.
state, home = generate_token(32), registered["post_logout_redirect_uris"][0]
farewell = requests.Request(
    "GET",
    metadata["end_session_endpoint"],
    params={"id_token_hint": id_token, "post_logout_redirect_uri": home, "state": state},
).prepare()
end = person.open(farewell.url, stop_at=home).url
assert end == f"{home}?state={state}", end
print("signed out", end)
