import { describe, expect, it } from 'vitest';
import { redactorFor } from './redaction.js';

describe('redaction of known secrets', () => {
  it.each([
    ['as it is', 'refused psk s3cr3t-canary here', ['s3cr3t-canary']],
    ['in JSON', JSON.stringify({ psk: 'quote"back\\slash' }), ['quote"back\\slash']],
    [
      'in JSON within JSON',
      JSON.stringify(JSON.stringify({ psk: 'quote"back\\slash' })),
      ['quote"back\\slash'],
    ],
    ["in Go's JSON", '{"psk":"a\\u003cb\\u0026cdef"}', ['a<b&cdef']],
    ['in a URL', 'POST /?psk=a%20b%26cdef', ['a b&cdef']],
    ['with characters that a pattern would take as its own', 'psk ${path.root}(.*)+', ['${path.root}(.*)+']],
    ['with line breaks', 'psk "line1\\nline2"', ['line1\nline2']],
  ])('finds a secret %s', (_where, text, secrets) => {
    const redacted = redactorFor(secrets)(text);
    expect(redacted).toContain('***');
    for (const secret of secrets) {
      expect(redacted).not.toContain(secret);
      expect(redacted).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });

  it('replaces the longer of two secrets that overlap', () => {
    expect(redactorFor(['canary', 'canary-long'])('x canary-long y')).toBe('x *** y');
  });

  it('leaves a text readable when a secret is very short', () => {
    expect(redactorFor(['a'])('a vendor said a, "a" or any')).toBe('*** vendor said ***, "***" or any');
  });

  it('changes nothing without secrets', () => {
    expect(redactorFor(['', ''])('nothing to hide')).toBe('nothing to hide');
  });

  it('takes an unpaired surrogate for what it is', () => {
    expect(() => redactorFor(['bad\ud800'])('text')).not.toThrow();
  });
});
