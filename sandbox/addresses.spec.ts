import { expect, it } from 'vitest';
import { addressVariables, portVariable } from './addresses.js';

it('every simulated vendor has variables of its own', () => {
  expect(portVariable('versa')).toBe('SITEWRIGHT_SANDBOX_VERSA_PORT');
  expect(addressVariables({ cato: 'http://127.0.0.1:1/graphql', versa: 'http://127.0.0.1:2' })).toEqual({
    SITEWRIGHT_SANDBOX_CATO_URL: 'http://127.0.0.1:1/graphql',
    SITEWRIGHT_SANDBOX_VERSA_URL: 'http://127.0.0.1:2',
  });
});
