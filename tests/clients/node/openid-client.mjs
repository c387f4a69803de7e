// Does with the npm library `openid-client` all that one of the demo's clients may, as any integrator would:
//
//   node openid-client.mjs DIR/demo.json [CLIENT_ID]

import { readFile } from 'node:fs/promises'
import * as client from 'openid-client'
import { Person } from './person.mjs'

const [, , told, clientId = 'essai'] = process.argv
const demo = JSON.parse(await readFile(told, 'utf8'))
const { private_key, ...registered } = demo.clients.find((it) => it.client_id === clientId)
const { identifier, password } = demo.people.find((it) => it.case === 'external')
// Nothing listens there: the script reads the answer off the address, as the library is given it.
const redirect_uri = 'http://127.0.0.1:8089/callback'
const scope = 'openid profile email offline_access'
const person = new Person()

// The key with which a client proves itself and signs its requests, where it has one instead of a secret.
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const key = private_key && {
  key: await crypto.subtle.importKey('jwk', private_key, algorithm, false, ['sign']),
  kid: private_key.kid,
}

// How the client proves itself, at every endpoint alike.
const authentication = {
  client_secret_basic: () => client.ClientSecretBasic(registered.client_secret),
  client_secret_post: () => client.ClientSecretPost(registered.client_secret),
  private_key_jwt: () => client.PrivateKeyJwt(key),
  none: () => client.None(),
}[registered.token_endpoint_auth_method]

// The demo speaks http on this machine; the library wants to be told that this is meant. Nothing else is relaxed. By
// itself the library trusts the connection for an ID token's origin; here its signature is checked all the same.
const config = await client.discovery(new URL(demo.issuer), registered.client_id, registered, authentication(), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
})
console.log('discovered', config.serverMetadata().issuer, 'for', registered.client_id)

const may = (grantType) => registered.grant_types.includes(grantType)
if (may('authorization_code')) await signInAndOut()
if (may('client_credentials')) await askForItself()
if (may('urn:ietf:params:oauth:grant-type:device_code')) await signInOnADevice()

/** People in a browser: the code flow, in every way in which its request and its answer travel. */
async function signInAndOut() {
  await signIn('in the address', (parameters) => client.buildAuthorizationUrl(config, parameters))
  await signIn('pushed', (parameters) => client.buildAuthorizationUrlWithPAR(config, parameters))
  if (key) {
    await signIn('signed', (parameters) => client.buildAuthorizationUrlWithJAR(config, parameters, key))
  }
  const tokens = await signIn('answered by a form', (parameters) =>
    client.buildAuthorizationUrl(config, { ...parameters, response_mode: 'form_post' })
  )
  const fresh = await refresh(tokens)

  // What the provider says of a token, until it is taken back, which takes the whole grant along.
  const before = await client.tokenIntrospection(config, fresh.access_token)
  if (!before.active || before.sub !== tokens.claims().sub) throw new Error(`introspection: ${JSON.stringify(before)}`)
  console.log('introspected', before)
  await client.tokenRevocation(config, fresh.refresh_token)
  const after = await client.tokenIntrospection(config, fresh.access_token)
  if (after.active) throw new Error('the access token outlived its grant')
  console.log('revoked', after)

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
}

/** One sign-in: code, PKCE, state, nonce. */
async function signIn(how, build) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const address = await build({
    redirect_uri,
    scope,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  let page = await passTheDoors(await person.open(address, { stopAt: redirect_uri }), redirect_uri)
  if (page.html) page = await person.submit(page, 'form-post-continue', {}, { stopAt: redirect_uri })

  // What the library sees of the answer: an address, or a request that a form made.
  const { url, body } = page
  const answer = body ? new Request(url, { method: 'POST', body }) : url
  const tokens = await client.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    idTokenExpected: true,
  })
  console.log('signed in,', how, tokens.claims())
  return tokens
}

/** The person says who they are, where they are asked; a second time, their session answers. */
async function passTheDoors(page, stopAt) {
  if (page.url.pathname !== '/sign-in') return page
  const form = await person.follow(page, '/sign-in/external')
  return person.submit(form, 'login-submit', { username: identifier, password }, { stopAt })
}

/** New tokens for old ones; then, who is this? */
async function refresh(tokens) {
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
  if (fresh.refresh_token === tokens.refresh_token) throw new Error('the refresh token was not rotated')
  console.log('refreshed', Object.keys(fresh), fresh.scope)
  const userinfo = await client.fetchUserInfo(config, fresh.access_token, tokens.claims().sub)
  if (!userinfo.family_name) throw new Error('userinfo does not hold the scope profile')
  console.log('userinfo', userinfo)
  return fresh
}

/** No people: the client is who its token is about. */
async function askForItself() {
  const { access_token, refresh_token } = await client.clientCredentialsGrant(config)
  if (refresh_token) throw new Error('a client needs no refresh token for itself')
  const { active, sub } = await client.tokenIntrospection(config, access_token)
  if (!active || sub !== registered.client_id) throw new Error(`the token is about ${sub}`)
  console.log('asked for itself', sub)
}

/** A device shows a code; the person types it elsewhere, and decides. */
async function signInOnADevice() {
  const waiting = await client.initiateDeviceAuthorization(config, { scope })
  const form = await person.open(waiting.verification_uri)
  const typed = await person.submit(form, 'device-submit', { 'user-code': waiting.user_code })
  const question = await passTheDoors(typed)
  await person.submit(question, 'consent-allow', {})

  const tokens = await client.pollDeviceAuthorizationGrant(config, waiting)
  console.log('signed in, on a device', tokens.claims())
  const fresh = await refresh(tokens)
  await client.tokenRevocation(config, fresh.refresh_token)
  const fate = await client.refreshTokenGrant(config, fresh.refresh_token).catch((error) => error)
  if (fate.error !== 'invalid_grant') throw new Error('the refresh token outlived its revocation', { cause: fate })
  console.log('revoked', fate.error)
}
