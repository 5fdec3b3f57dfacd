import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ObjectValue } from '../terraform-plugin/index.js';
import { UNKNOWN } from '../terraform-plugin/index.js';
import type { Environment } from './cato-provider.js';
import { catoProvider } from './cato-provider.js';
import type { ScriptedCato } from './testing/scripted-cato.js';
import { startScriptedCato } from './testing/scripted-cato.js';

const NOTHING: ObjectValue = {
  baseurl: null,
  token: null,
  account_id: '1234',
  retry_max: null,
  retry_wait_min_seconds: null,
  retry_wait_max_seconds: null,
};

let cato: ScriptedCato;

beforeEach(async () => {
  cato = await startScriptedCato();
});

afterEach(() => cato.close());

const configure = (config: ObjectValue, env: Environment = {}) =>
  catoProvider({ CATO_BASEURL: cato.url, CATO_TOKEN: 'token-env', ...env }).configure(
    { ...NOTHING, ...config },
    new AbortController().signal,
  );

describe('configuring', () => {
  it('throws away the policy draft first, and does nothing else', async () => {
    const { client, diagnostics } = await configure({});
    expect(diagnostics).toEqual([]);
    expect(client?.accountId).toBe('1234');
    expect(cato.calls).toMatchObject([
      { operationName: 'policyPrivateAccessDiscardRevision', variables: { accountID: '1234' } },
    ]);
  });

  it('does so whatever comes back', async () => {
    cato.script = () => ({ status: 500, body: '' });
    expect((await configure({})).client).toBeDefined();
  });

  it.each([
    ['true', 0],
    ['TRUE', 1],
    ['1', 1],
  ])('keeps the draft only with exactly "true": %s', async (value, calls) => {
    await configure({}, { DISABLE_POLICY_RULE_CLEANUP: value });
    expect(cato.calls).toHaveLength(calls);
  });

  it('prefers the configuration to the environment', async () => {
    await configure({ token: 'token-config', baseurl: cato.url }, { CATO_BASEURL: 'http://127.0.0.1:1/' });
    expect(cato.calls[0]?.headers['x-api-key']).toBe('token-config');
  });

  it.each<[string, ObjectValue, Environment]>([
    ['no address', {}, { CATO_BASEURL: '' }],
    ['no token', {}, { CATO_TOKEN: undefined }],
    ['no account', { account_id: '' }, {}],
    ['a token that is not known yet', { token: UNKNOWN }, {}],
    ['a negative number of tries', {}, { CATO_RETRY_MAX: '-1' }],
    ['a wait of nothing', { retry_wait_min_seconds: 0 }, {}],
    ['a greatest wait below the least', { retry_wait_min_seconds: 9, retry_wait_max_seconds: 8 }, {}],
  ])('is an error with %s', async (_name, config, env) => {
    const { client, diagnostics } = await configure(config, env);
    expect(client).toBeUndefined();
    expect(diagnostics).toMatchObject([{ severity: 'error' }]);
    expect(cato.calls).toEqual([]);
  });
});
