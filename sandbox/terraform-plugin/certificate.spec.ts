import { createPrivateKey, X509Certificate } from 'node:crypto';

import { expect, it } from 'vitest';

import { createCertificate } from './certificate.js';

it('is a valid certificate for localhost that signs itself', () => {
  const { cert, key, handshake } = createCertificate();
  const parsed = new X509Certificate(cert);

  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.checkIssued(parsed)).toBe(true);
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(parsed.checkHost('localhost')).toBe('localhost');
  expect(parsed.ca).toBe(true);
  expect(parsed.validToDate.getTime()).toBeGreaterThan(Date.now());
  expect(Buffer.from(handshake, 'base64').equals(parsed.raw)).toBe(true);
  expect(handshake).not.toContain('=');
});

it('has a key of its own each time', () => {
  expect(createCertificate().handshake).not.toBe(createCertificate().handshake);
});
