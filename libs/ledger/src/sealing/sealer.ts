import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';

const SealedRecord = z.record(z.string(), z.string());

const FORMAT = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** A sealed value cannot be opened: another key, another place, or changed bytes. */
export class SealBroken extends Error {
  constructor(reason: string) {
    super(`a sealed value cannot be opened: ${reason}`);
    this.name = 'SealBroken';
  }
}

const keyId = (key: Buffer): Buffer => createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES);

function decodeKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`a secret key must be ${KEY_BYTES} bytes in base64`);
  return key;
}

/**
 * Seals bytes with AES-256-GCM. A sealed value is `format (1) | key id (8) | IV (12) | tag (16) | ciphertext`; the
 * key id tells which key of the ring opens it. The context (what it is and whose) is authenticated, so a value
 * that was copied to another row does not open there.
 */
export class Sealer {
  private readonly keys: Map<string, Buffer>;
  private readonly sealingKey: Buffer;
  private readonly sealingKeyId: Buffer;

  /** @param keys base64 of 32 bytes each; the first one seals, all of them open */
  constructor(keys: readonly [string, ...string[]]) {
    this.keys = new Map(keys.map(decodeKey).map((key) => [keyId(key).toString('hex'), key]));
    this.sealingKey = decodeKey(keys[0]);
    this.sealingKeyId = keyId(this.sealingKey);
  }

  seal(plain: Buffer | string, context: string): Buffer {
    const header = Buffer.concat([Buffer.from([FORMAT]), this.sealingKeyId]);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.sealingKey, iv);
    cipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([header, iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws SealBroken */
  open(sealed: Buffer, context: string): Buffer {
    if (sealed.length < HEADER_BYTES + IV_BYTES + TAG_BYTES || sealed[0] !== FORMAT) {
      throw new SealBroken('unknown format');
    }
    const header = sealed.subarray(0, HEADER_BYTES);
    const key = this.keys.get(header.subarray(1).toString('hex'));
    if (key === undefined) throw new SealBroken('its key is not in the key ring');
    const iv = sealed.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
    const tag = sealed.subarray(HEADER_BYTES + IV_BYTES, HEADER_BYTES + IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv);
    decipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([
        decipher.update(sealed.subarray(HEADER_BYTES + IV_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
    } catch {
      throw new SealBroken('changed bytes or another context');
    }
  }

  /** A keyed fingerprint: equal for equal bytes, and useless for guessing them without the key. */
  fingerprint(plain: Buffer): Buffer {
    return createHmac('sha256', this.sealingKey).update(plain).digest();
  }

  /** Seals named texts: credentials, the secrets of a spec. */
  sealRecord(values: Readonly<Record<string, string>>, context: string): Buffer {
    return this.seal(JSON.stringify(values), context);
  }

  /** @throws SealBroken */
  openRecord(sealed: Buffer, context: string): Record<string, string> {
    return SealedRecord.parse(JSON.parse(this.open(sealed, context).toString('utf8')));
  }
}

/** What a sealed value is bound to. */
export const sealContext = {
  credentials: (vendorAccountId: string): string => `vendor_account/${vendorAccountId}/credentials`,
  secrets: (resourceId: string): string => `resource/${resourceId}/secrets`,
  state: (resourceId: string): string => `resource/${resourceId}/state`,
};
