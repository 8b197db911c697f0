// The sign-in of Google, Microsoft and GitHub for tests: npm `emulate`, which nobody here wrote.
// `node server.mjs GOOGLE-PORT MICROSOFT-PORT GITHUB-PORT`; in memory, on loopback. Ends with its
// input.
//
// At each: the client test-app (test-secret) with the redirect URI https://app.example/callback.
// Google:    ada@people.example, grace@school.example (of the hosted domain school.example)
// Microsoft: ada@people.example of tenant 11111111-1111-1111-1111-111111111111,
//            grace@school.example of tenant 22222222-2222-2222-2222-222222222222
// GitHub:    ada, grace
import { Server } from 'node:net';
import { createEmulator } from 'emulate';

// It would listen at every address of the machine.
const { listen } = Server.prototype;
Server.prototype.listen = function (port) {
  return listen.call(this, port, '127.0.0.1');
};

const client = {
  client_id: 'test-app',
  client_secret: 'test-secret',
  name: 'The application under test',
  redirect_uris: ['https://app.example/callback'],
};
const ada = { email: 'ada@people.example', name: 'Ada Lovelace' };
const grace = { email: 'grace@school.example', name: 'Grace Hopper' };

const seeds = {
  google: { users: [ada, { ...grace, hd: 'school.example' }], oauth_clients: [client] },
  microsoft: {
    users: [
      { ...ada, tenant_id: '11111111-1111-1111-1111-111111111111' },
      { ...grace, tenant_id: '22222222-2222-2222-2222-222222222222' },
    ],
    oauth_clients: [client],
  },
  github: { users: [{ ...ada, login: 'ada' }, { ...grace, login: 'grace' }], oauth_apps: [client] },
};

const ports = process.argv.slice(2).map(Number);
for (const [at, service] of Object.keys(seeds).entries()) {
  const port = ports[at];
  const seed = { [service]: seeds[service] };
  await createEmulator({ service, port, seed, baseUrl: `http://127.0.0.1:${port}` });
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
