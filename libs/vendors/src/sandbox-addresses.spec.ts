import { expect, it } from 'vitest';
import { vendors } from './catalogue.js';
import { SandboxEnv, sandboxBaseUrls } from './sandbox-addresses.js';

const addresses = (env: Record<string, string>) => Object.fromEntries(sandboxBaseUrls(SandboxEnv.parse(env)));

it('every vendor has an address in the sandbox without a word about it', () => {
  const usual = [...vendors.values()].map(({ id, sandboxBaseUrl }) => [id, sandboxBaseUrl]);
  expect(addresses({})).toEqual(Object.fromEntries(usual));
});

it('the sandbox may live on another host', () => {
  expect(addresses({ SITEWRIGHT_SANDBOX_HOST: 'sandbox' })).toMatchObject({
    cato: 'http://sandbox:3901/api/v1/graphql2',
  });
  expect(addresses({ SITEWRIGHT_SANDBOX_HOST: '[::1]' })).toMatchObject({
    cato: 'http://[::1]:3901/api/v1/graphql2',
  });
});

it('one vendor may live elsewhere altogether', () => {
  const url = 'http://127.0.0.1:4901/graphql';
  const given = { SITEWRIGHT_SANDBOX_HOST: 'sandbox', SITEWRIGHT_SANDBOX_CATO_URL: url };
  const { cato, ...others } = addresses(given);
  expect(cato).toBe(url);
  expect(Object.values(others).every((other) => other.startsWith('http://sandbox:'))).toBe(true);
});

it.each([
  ['SITEWRIGHT_SANDBOX_HOST', 'a host'],
  ['SITEWRIGHT_SANDBOX_HOST', 'sandbox:3901'],
  ['SITEWRIGHT_SANDBOX_CATO_URL', 'nowhere'],
])('a wrong %s is refused', (variable, value) => {
  expect(SandboxEnv.safeParse({ [variable]: value }).success).toBe(false);
});
