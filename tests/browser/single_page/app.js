// An application without a server, as the library's users write it: code with PKCE, refresh, userinfo, revocation, sign-out.
const manager = new oidc.UserManager({
  authority: document.documentElement.dataset.issuer,
  client_id: 'single-page',
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/goodbye`,
  scope: 'openid profile offline_access',
  loadUserInfo: true,
})

const tell = (id, text) => (document.getElementById(id).textContent = text)
const offer = (id, action) => {
  const button = document.getElementById(id)
  button.hidden = false
  button.addEventListener('click', () => action().catch(({ message }) => tell('state', `failed: ${message}`)))
}

const places = {
  '/': async () => {
    offer('sign-in', () => manager.signinRedirect())
    tell('state', 'nobody')
  },
  '/callback': async () => {
    const user = await manager.signinRedirectCallback()
    const renewed = await manager.signinSilent()
    if (renewed.access_token === user.access_token) throw new Error('the access token was not renewed')
    if (renewed.profile.sub !== user.profile.sub) throw new Error('somebody else came back')
    tell('name', renewed.profile.name)
    offer('sign-out', async () => {
      await manager.revokeTokens()
      const address = await manager.metadataService.getUserInfoEndpoint()
      const answer = await fetch(address, { headers: { authorization: `Bearer ${renewed.access_token}` } })
      if (answer.status !== 401) throw new Error('the access token outlived its revocation')
      await manager.signoutRedirect()
    })
    tell('state', 'signed in')
  },
  '/goodbye': async () => {
    await manager.signoutRedirectCallback()
    tell('state', (await manager.getUser()) ? 'still somebody' : 'signed out')
  },
}
places[location.pathname]().catch(({ message }) => tell('state', `failed: ${message}`))
