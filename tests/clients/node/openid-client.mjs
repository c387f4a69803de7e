// Signs the demo's external person in with the npm library `openid-client`, as any integrator would:
//
//   node openid-client.mjs DIR/demo.json [CLIENT_ID]

import { readFile } from 'node:fs/promises'
import * as client from 'openid-client'
import { Person } from './person.mjs'

const [, , told, clientId] = process.argv
const demo = JSON.parse(await readFile(told, 'utf8'))
// Nothing listens there: the script reads the answer off the address, as the library is given it.
const redirect_uri = 'http://127.0.0.1:8089/callback'
const registered = demo.clients.find(
  (it) => it.client_secret && it.redirect_uris.includes(redirect_uri) && (!clientId || it.client_id === clientId)
)
const { identifier, password } = demo.people.find((it) => it.case === 'external')

// The demo speaks http on this machine; the library wants to be told that this is meant. Nothing else is relaxed. By
// itself the library trusts the connection for an ID token's origin; here its signature is checked all the same.
const authentication =
  registered.token_endpoint_auth_method === 'client_secret_post'
    ? client.ClientSecretPost(registered.client_secret)
    : client.ClientSecretBasic(registered.client_secret)
const config = await client.discovery(new URL(demo.issuer), registered.client_id, registered, authentication, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
})
console.log('discovered', config.serverMetadata().issuer, 'for', registered.client_id)

// Sign in: code, PKCE, state, nonce.
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const scope = 'openid profile email offline_access'
const person = new Person()
const doors = await person.open(
  client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
)
const form = await person.follow(doors, '/sign-in/external')
const values = { username: identifier, password }
const { url: callback } = await person.submit(form, 'login-submit', values, { stopAt: redirect_uri })
if (!callback.searchParams.has('code')) throw new Error(`the sign-in ended at ${callback}`)

const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  idTokenExpected: true,
})
const { sub } = tokens.claims()
console.log('signed in', tokens.claims())

// Refresh, then ask who this is.
const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
if (fresh.refresh_token === tokens.refresh_token) throw new Error('the refresh token was not rotated')
console.log('refreshed', Object.keys(fresh), fresh.scope)
const userinfo = await client.fetchUserInfo(config, fresh.access_token, sub)
if (!userinfo.family_name) throw new Error('userinfo does not hold the scope profile')
console.log('userinfo', userinfo)

// Sign out, and come back.
const [post_logout_redirect_uri] = registered.post_logout_redirect_uris
const state = client.randomState()
const farewell = client.buildEndSessionUrl(config, {
  id_token_hint: fresh.id_token ?? tokens.id_token,
  post_logout_redirect_uri,
  state,
})
const { url: end } = await person.open(farewell, { stopAt: post_logout_redirect_uri })
const expectedEnd = new URL(post_logout_redirect_uri)
expectedEnd.searchParams.set('state', state)
if (end.href !== expectedEnd.href) throw new Error(`the sign-out ended at ${end}`)
console.log('signed out', end.href)
