// An OpenID provider for tests: npm `oidc-provider`, which is certified, with its development pages.
// `node server.mjs PORT`; everything is in memory and bound to loopback. Ends with its input.
//
// Clients (secret in brackets), all with the redirect URI https://app.example/callback and, to test
// from a real port, http://127.0.0.1/callback where the client is `native`:
//
//   public-app        native, no secret, code + PKCE, refresh tokens that rotate
//   confidential-app  web ("confidential-secret", basic), the same; may introspect and revoke
//   post-app          web ("post-secret", in the body), ES256 ID tokens
//   service-app       ("service-secret", basic), client credentials alone, scopes api:read api:write
//   device-app        native, no secret, device flow
//
// A test that needs a client of its own, or one whose tokens end soon, registers it (RFC 7591) at
// /reg: access_token_ttl, refresh_token_ttl and id_token_ttl are seconds.
//
// Beside the provider, for tests:
//
//   GET  /control/ledger?client=ID   what the token endpoint answered, and to how many refreshes per grant
//   POST /control/rotate             signs with new keys from now on; the old ones are still published
//   POST /control/rotate?forget=1    the same, and the old ones are gone
import { createServer } from 'node:http';
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const generate = promisify(generateKeyPair);
let generation = 0;
let published = [];

/** Makes the keys to sign with, and publishes those before too unless they are forgotten. */
async function rotate(forget) {
  generation += 1;
  const made = [];
  for (const [kind, options, alg] of [
    ['rsa', { modulusLength: 2048 }, 'RS256'],
    ['ec', { namedCurve: 'P-256' }, 'ES256'],
  ]) {
    const { privateKey } = await generate(kind, options);
    const jwk = privateKey.export({ format: 'jwk' });
    made.push({ ...jwk, alg, use: 'sig', kid: `${alg.toLowerCase()}-${generation}` });
  }
  // The first key that fits signs.
  published = forget ? made : [...made, ...published];
}

const redirect_uris = ['https://app.example/callback'];
const post_logout_redirect_uris = ['https://app.example/signed-out'];
const code = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], redirect_uris, post_logout_redirect_uris };
const clients = [
  {
    ...code,
    client_id: 'public-app',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: [...redirect_uris, 'http://127.0.0.1/callback'],
  },
  { ...code, client_id: 'confidential-app', client_secret: 'confidential-secret' },
  {
    ...code,
    client_id: 'post-app',
    client_secret: 'post-secret',
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256',
  },
  {
    client_id: 'service-app',
    client_secret: 'service-secret',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'api:read api:write',
  },
  {
    client_id: 'device-app',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    response_types: [],
    redirect_uris: [],
  },
];

const lives = ['access_token_ttl', 'refresh_token_ttl', 'id_token_ttl'];
const life = (name, usual) => (_context, _token, client) => client?.[name] ?? usual;

const ledger = [];

/** What is kept, all of it: the provider's own memory forgets the oldest of some thousand things. */
const kept = new Map();
class Memory {
  constructor(name) {
    this.name = name;
  }

  key(id) {
    return `${this.name}:${id}`;
  }

  async upsert(id, payload) {
    kept.set(this.key(id), payload);
  }

  async find(id) {
    const found = kept.get(this.key(id));
    return found && !(found.exp <= Date.now() / 1000) ? found : undefined;
  }

  async search(field, value) {
    for (const [key, payload] of kept) {
      if (key.startsWith(`${this.name}:`) && payload[field] === value) return payload;
    }
    return undefined;
  }

  findByUserCode(code) {
    return this.search('userCode', code);
  }

  findByUid(uid) {
    return this.search('uid', uid);
  }

  async consume(id) {
    kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.key(id));
  }

  async revokeByGrantId(grant) {
    for (const [key, payload] of kept) {
      if (key.startsWith(`${this.name}:`) && payload.grantId === grant) kept.delete(key);
    }
  }
}

/** Writes down what the token endpoint answered. */
function note(context, error) {
  const { entities, params } = context.oidc;
  const source = entities.RefreshToken ?? entities.AuthorizationCode ?? entities.DeviceCode;
  ledger.push({
    client: context.oidc.client?.clientId ?? params?.client_id,
    grant_type: params?.grant_type,
    grant: source?.grantId ?? entities.Grant?.jti,
    error: error?.error,
  });
}

function summary(client) {
  const requests = ledger.filter((entry) => client === null || entry.client === client);
  const refreshes = {};
  for (const { grant_type, grant, error } of requests) {
    if (grant_type === 'refresh_token' && !error) refreshes[grant] = (refreshes[grant] ?? 0) + 1;
  }
  return { requests, refreshes };
}

function provider() {
  const made = new Provider(issuer, {
    adapter: Memory,
    clients,
    jwks: { keys: published },
    cookies: { keys: ['a key of the tests'] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username', 'updated_at'],
    },
    scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${encodeURIComponent(id)}@people.example`,
        email_verified: true,
        name: `The user ${id}`,
        preferred_username: id,
        updated_at: 1700000000,
      }),
    }),
    pkce: { required: () => true },
    responseTypes: ['code'],
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    extraClientMetadata: {
      properties: lives,
      validator(_context, key, value) {
        if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
          throw new Error(`${key} is a number of seconds`);
        }
      },
    },
    ttl: {
      AccessToken: life('access_token_ttl', 3600),
      ClientCredentials: life('access_token_ttl', 600),
      IdToken: life('id_token_ttl', 3600),
      RefreshToken: life('refresh_token_ttl', 86400),
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 86400,
      Interaction: 3600,
      Session: 86400,
    },
  });
  made.on('grant.success', (context) => note(context));
  made.on('grant.error', (context, error) => note(context, error));
  return made.callback();
}

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

await rotate(true);
let answer = provider();

const server = createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (!url.pathname.startsWith('/control/')) {
    answer(request, response);
  } else if (request.method === 'GET' && url.pathname === '/control/ledger') {
    json(response, 200, summary(url.searchParams.get('client')));
  } else if (request.method === 'POST' && url.pathname === '/control/rotate') {
    // A provider cannot change its keys; what it keeps in memory outlives it.
    await rotate(url.searchParams.has('forget'));
    answer = provider();
    json(response, 200, { kids: published.map((key) => key.kid) });
  } else {
    json(response, 404, { error: 'there is no such control' });
  }
});
server.listen(port, '127.0.0.1');

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
