import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vendorOf } from '@app/vendors';
import { describe, expect, it } from 'vitest';
import { failureOf, type Stage } from './failures.js';
import { redactorFor } from './redaction.js';
import { TerraformStream } from './stream.js';

const PSK = 'psk-canary with "quotes" and \\';
const vendor = vendorOf('cato');
const redact = redactorFor([PSK, 'vendor-token-canary']);
const exited = { code: 1, signal: null };

/** The body that the vendor's SDK quotes behind every error: the tunnels with their keys. */
const REQUEST_BODY = JSON.stringify({
  operationName: 'siteAddIpsecIkeV2SiteTunnels',
  variables: { addIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ psk: PSK }] } } },
});

const frame = (networkErrors: unknown, graphqlErrors: unknown): string =>
  `${JSON.stringify({ networkErrors, graphqlErrors })} (traceID: 0af7-42) (requestBody: ${REQUEST_BODY})`;

const diagnostic = (summary: string, detail: string, address?: string): string =>
  `${JSON.stringify({ type: 'diagnostic', diagnostic: { severity: 'error', summary, detail, address } })}\n`;

function failure(text: string, stage: Stage = 'apply') {
  const stream = new TerraformStream();
  stream.push(text);
  return failureOf({ stage, end: exited, stream: stream.end(), vendor, redact });
}

const cato = (networkErrors: unknown, graphqlErrors: unknown): string =>
  diagnostic(
    'Cato API error in SiteAddIpsecIkeV2SiteTunnels',
    frame(networkErrors, graphqlErrors),
    'cato_ipsec_site.site',
  );

describe('what an error of the vendor means', () => {
  it.each([
    [
      'a rate limit inside of 200',
      cato(null, [{ message: 'rate limit for operation: entityLookup', path: ['entityLookup'] }]),
      'VENDOR_RATE_LIMITED',
      true,
    ],
    [
      'a server error',
      cato({ code: 502, message: 'Response body <html>bad gateway</html>' }, null),
      'VENDOR_UNAVAILABLE',
      true,
    ],
    [
      'a refused value',
      cato({ code: 422, message: 'Response body {}' }, [
        { message: 'input: variable.tunnels is not a valid IPSecV2InterfaceId' },
      ]),
      'VENDOR_REJECTED',
      false,
    ],
    ['a wrong token', cato({ code: 401, message: 'Response body ' }, null), 'VENDOR_AUTH_FAILED', false],
    [
      'a name that is taken',
      cato(null, [{ message: 'site acme-paris already exists' }]),
      'NAME_TAKEN',
      false,
    ],
    [
      'a broken connection',
      diagnostic(
        'Catov2 API error',
        'request failed: Post "http://x": connection refused (requestBody: {"psk":"psk-canary',
      ),
      'VENDOR_UNAVAILABLE',
      true,
    ],
  ])('%s', (_what, text, code, retryable) => {
    const error = failure(text);
    expect(error).toMatchObject({ code, retryable, stage: 'apply' });
    expect(JSON.stringify([error.message, error.details, error.diagnostics])).not.toContain('canary');
  });

  it('comes with the address and the trace id', () => {
    expect(failure(cato({ code: 500, message: 'Response body ' }, null)).details).toMatchObject({
      stage: 'apply',
      address: 'cato_ipsec_site.site',
      traceId: '0af7-42',
    });
  });

  it('counts for more when it is final than when it is passing', () => {
    const passing = cato({ code: 503, message: 'Response body ' }, null);
    const final = cato(null, [{ message: 'peerIp cannot be null' }]);
    expect(failure(passing + final)).toMatchObject({ code: 'VENDOR_REJECTED', retryable: false });
    expect(failure(passing + final).details).toMatchObject({ errors: 2 });
  });

  it('is read from the text of a command without -json, wrapped as Terraform wraps it', () => {
    const words = frame({ code: 503, message: 'Response body service is not available' }, null).split(' ');
    const wrapped = words.reduce((text, word, index) => `${text}${index % 4 === 3 ? '\n' : ' '}${word}`);
    const text = `\nError: Cato API error\n\n${wrapped}\n`;
    const error = failure(text, 'import');
    expect(error).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryable: true, stage: 'import' });
    expect(JSON.stringify([error.message, error.diagnostics])).not.toContain('canary');
  });
});

describe("what an error of Terraform's own means", () => {
  it.each<[string, Stage, string, string, boolean]>([
    [
      'a lock',
      'plan',
      diagnostic('Error acquiring the state lock', 'HTTP remote state already locked: ID=1'),
      'TF_STATE_LOCKED',
      true,
    ],
    [
      'a state that was not stored',
      'apply',
      diagnostic('Failed to save state', 'Error saving state: HTTP error: 409'),
      'TF_STATE_UNSAVED',
      true,
    ],
    [
      'a state that could not be read',
      'plan',
      diagnostic('Error loading state', 'HTTP error: 503'),
      'TF_PLAN_FAILED',
      true,
    ],
    [
      'a value that the module refuses',
      'plan',
      diagnostic('Invalid value for variable', 'a number is required'),
      'TF_PLAN_FAILED',
      false,
    ],
    [
      'an uncertain result',
      'apply',
      diagnostic('Provider produced inconsistent result after apply', '.tunnel_id: was null'),
      'TF_APPLY_FAILED',
      true,
    ],
    [
      'a provider that died',
      'apply',
      diagnostic('Plugin did not respond', 'The plugin encountered an error'),
      'TF_APPLY_FAILED',
      true,
    ],
    [
      'a warm provider that was gone before Terraform came to it',
      'import',
      'Error: failed to read schema for cato_ipsec_site.site in registry.terraform.io/catonetworks/cato: failed to instantiate provider "registry.terraform.io/catonetworks/cato" to obtain schema: Reattachment process not found',
      'TF_IMPORT_FAILED',
      true,
    ],
    [
      'an import that failed',
      'import',
      'Error: Cannot import non-existent remote object\n\nWhile attempting to import',
      'TF_IMPORT_FAILED',
      false,
    ],
    [
      'a provider that is not in the mirror',
      'init',
      'Error: Failed to query available provider packages\n\nCould not',
      'TF_INIT_FAILED',
      false,
    ],
  ])('%s', (_what, stage, text, code, retryable) => {
    expect(failure(text, stage)).toMatchObject({ code, retryable });
  });

  it('keeps no secret, whoever quotes it', () => {
    const quoted = `unexpected value ${JSON.stringify(PSK)} at token vendor-token-canary (requestBody: {"more": 1})`;
    const error = failure(diagnostic('Invalid value', quoted));
    expect(error.message).toBe('Invalid value: unexpected value "***" at token ***');
    expect(error.diagnostics.join()).not.toContain('canary');
  });

  it('is short', () => {
    expect(failure(diagnostic('Invalid value', 'long '.repeat(10_000))).message.length).toBeLessThanOrEqual(
      1_000,
    );
  });

  it('is read from a recorded stream', () => {
    const recorded = readFileSync(join(import.meta.dirname, 'recordings/failed-apply.jsonl'), 'utf8');
    const error = failure(recorded);
    expect(error).toMatchObject({
      code: 'VENDOR_RATE_LIMITED',
      message: 'rate limit for operation: addBgpPeer',
    });
    expect(JSON.stringify([error.message, error.details, error.diagnostics])).not.toContain('psk-canary');
  });
});

describe('a process that ended without a word', () => {
  it.each([
    ['killed', { code: null, signal: 'SIGKILL' as const }, 'terraform ended by SIGKILL: last words'],
    ['with a code', { code: 11, signal: null }, 'terraform ended with code 11: last words'],
    ['with its supervisor', { isLost: true as const }, 'terraform ended with its supervisor: last words'],
  ])('%s is tried again', (_how, end, message) => {
    const stream = new TerraformStream();
    stream.push('last words');
    const error = failureOf({ stage: 'apply', end, stream: stream.end(), vendor, redact });
    expect(error).toMatchObject({ code: 'TF_APPLY_FAILED', retryable: true, message });
  });
});
