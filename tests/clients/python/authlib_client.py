"""Does with the PyPI library `Authlib` all that one of the demo's clients may, as any integrator would:

    python authlib_client.py DIR/demo.json [CLIENT_ID]
"""

import json
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as LogoutMetadata
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry
from person import Page, Person

# Nothing listens there: the script reads the answer off the address, as the library is given it.
REDIRECT_URI = "http://127.0.0.1:8089/callback"
SCOPE = "openid profile email offline_access"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

told, client_id = (sys.argv[1:] + ["essai"])[:2]
with open(told, encoding="utf-8") as file:
    demo = json.load(file)
registered = next(it for it in demo["clients"] if it["client_id"] == client_id)
sample = next(it for it in demo["people"] if it["case"] == "external")
person = Person()

# Discovery, with every check that the library has. It takes http on this machine's own addresses; nothing is relaxed.
metadata = OpenIDProviderMetadata(requests.get(get_well_known_url(demo["issuer"], external=True), timeout=30).json())
metadata.validate(metadata_classes=[LogoutMetadata])
assert metadata["issuer"] == demo["issuer"], metadata["issuer"]
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
print("discovered", metadata["issuer"], "for", client_id)


def session(scope: str | None = SCOPE) -> OAuth2Session:
    """The client as the library knows it."""
    method = registered["token_endpoint_auth_method"]
    proof = registered.get("client_secret")
    if method == "private_key_jwt":
        proof = ECKey.import_key(registered["private_key"])
    client = OAuth2Session(
        client_id,
        proof,
        token_endpoint_auth_method=method,
        # Not the same by itself.
        revocation_endpoint_auth_method=method,
        scope=scope,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
    )
    # Left alone, the library makes assertions for the address to which it sends them, under RS256. What it calls the
    # token endpoint here is the audience of all of them: it must be the issuer.
    client.register_client_auth_method(PrivateKeyJWT(metadata["issuer"], alg="ES256"))
    return client


def verified(id_token: str, access_token: str, nonce: str | None) -> CodeIDToken:
    """The claims of an ID token whose signature and claims hold (OpenID Connect Core §3.1.3.7)."""
    algorithms = metadata["id_token_signing_alg_values_supported"]
    token = jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=algorithms))
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"essential": True, "value": metadata["issuer"]}, "aud": {"essential": True, "value": client_id}},
        {"client_id": client_id, "access_token": access_token, "nonce": nonce},
    )
    claims.validate()
    return claims


def sign_in_and_out() -> None:
    """People in a browser: the code flow."""
    client = session()

    # Sign in: code, PKCE, state, nonce.
    verifier, nonce = generate_token(64), generate_token(32)
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    callback = pass_the_doors(person.open(address), stop_at=REDIRECT_URI).url
    assert "code=" in callback, callback
    tokens = client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
    )
    id_token, refresh_token = tokens["id_token"], tokens["refresh_token"]
    claims = verified(id_token, tokens["access_token"], nonce)
    print("signed in", dict(claims))
    fresh = refresh(client, refresh_token, claims["sub"])

    # What the provider says of a token, until it is taken back, which takes the whole grant along.
    introspected = client.introspect_token(metadata["introspection_endpoint"], fresh["access_token"]).json()
    assert introspected["active"] and introspected["sub"] == claims["sub"], introspected
    print("introspected", introspected)
    revoke(client, fresh["refresh_token"])
    after = client.introspect_token(metadata["introspection_endpoint"], fresh["access_token"]).json()
    assert after == {"active": False}, after

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


def pass_the_doors(page: Page, **more) -> Page:
    """The person says who they are."""
    form = person.follow(page, "/sign-in/external")
    values = {"username": sample["identifier"], "password": sample["password"]}
    return person.submit(form, "login-submit", values, **more)


def refresh(client: OAuth2Session, refresh_token: str, subject: str) -> dict:
    """New tokens for old ones; then, who is this?"""
    fresh = client.refresh_token(metadata["token_endpoint"], refresh_token)
    assert fresh["refresh_token"] != refresh_token, "the refresh token was not rotated"
    if "id_token" in fresh:
        assert verified(fresh["id_token"], fresh["access_token"], None)["sub"] == subject
    print("refreshed", sorted(fresh))
    answer = client.get(metadata["userinfo_endpoint"], timeout=30)
    answer.raise_for_status()
    userinfo = answer.json()
    assert userinfo["sub"] == subject and userinfo["family_name"], userinfo
    print("userinfo", userinfo)
    return fresh


def revoke(client: OAuth2Session, refresh_token: str) -> None:
    """Takes a grant back, and sees that it is over."""
    client.revoke_token(metadata["revocation_endpoint"], refresh_token, "refresh_token").raise_for_status()
    try:
        client.refresh_token(metadata["token_endpoint"], refresh_token)
    except OAuthError as refused:
        assert refused.error == "invalid_grant", refused
    else:
        raise AssertionError("the refresh token outlived its revocation")
    print("revoked")


def ask_for_itself() -> None:
    """No people: the client is who its token is about."""
    client = session(scope=None)
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert "refresh_token" not in token, sorted(token)
    introspected = client.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
    assert introspected["active"] and introspected["sub"] == client_id, introspected
    print("asked for itself", introspected)


def sign_in_on_a_device() -> None:
    """A device shows a code; the person types it elsewhere, and decides.

    The library has no words for the first request, and does not poll: a device would ask every `interval` seconds. Here
    it asks once the person has decided.
    """
    client = session()
    asked = {"client_id": client_id, "scope": SCOPE}
    waiting = requests.post(metadata["device_authorization_endpoint"], asked, timeout=30).json()
    form = person.open(waiting["verification_uri"])
    question = pass_the_doors(person.submit(form, "device-submit", {"user-code": waiting["user_code"]}))
    person.submit(question, "consent-allow", {})

    tokens = client.fetch_token(
        metadata["token_endpoint"], grant_type=DEVICE_CODE, device_code=waiting["device_code"]
    )
    refresh_token = tokens["refresh_token"]
    claims = verified(tokens["id_token"], tokens["access_token"], None)
    print("signed in, on a device", dict(claims))
    fresh = refresh(client, refresh_token, claims["sub"])
    revoke(client, fresh["refresh_token"])


flows = {
    "authorization_code": sign_in_and_out,
    "client_credentials": ask_for_itself,
    DEVICE_CODE: sign_in_on_a_device,
}
for grant_type, flow in flows.items():
    if grant_type in registered["grant_types"]:
        flow()
