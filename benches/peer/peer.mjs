// npm `oidc-provider` as it comes: its in-memory store, JWT access tokens by resource indicators, the paths of Guichet.
//
//   node peer.mjs PORT CLIENT_SECRET

import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, secret] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'peer', alg: 'ES256', use: 'sig' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'app',
    client_secret: secret,
    redirect_uris: ['https://app.example/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [key] },
  cookies: { keys: ['a key of the measure'] },
  claims: { profile: ['name', 'updated_at'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Élodie Lefèvre', updated_at: 1 }) }),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  routes: { authorization: '/authorize', introspection: '/introspect', jwks: '/jwks', token: '/token', userinfo: '/userinfo' },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'api', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1');
