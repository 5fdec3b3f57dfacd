import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The form the handshake line carries: base64 of the DER without padding. */
  readonly handshake: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BOOLEAN = 0x01;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;

const DAY_MS = 24 * 60 * 60 * 1000;
const YES = Buffer.from([0xff]);
const NO_UNUSED_BITS = Buffer.from([0]);
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('550403', 'hex');
const KEY_USAGE = Buffer.from('551d0f', 'hex');
const EXTENDED_KEY_USAGE = Buffer.from('551d25', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('551d13', 'hex');
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('551d11', 'hex');
const SERVER_AUTH = Buffer.from('2b06010505070301', 'hex');
const CLIENT_AUTH = Buffer.from('2b06010505070302', 'hex');
/** digitalSignature, keyEncipherment, keyAgreement, keyCertSign; two bits of the last byte are unused. */
const USAGES = Buffer.from([0x02, 0xac]);

/** A fresh key and a certificate for `localhost` that is its own authority, as plugins exchange at start. */
export function createCertificate(now: Date = new Date()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, Buffer.from('localhost')))),
  );
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, utcTime(now.getTime() - DAY_MS), utcTime(now.getTime() + 30 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, ...extensions())),
  );
  const certificate = der(
    SEQUENCE,
    body,
    algorithm,
    der(BIT_STRING, NO_UNUSED_BITS, sign('sha256', body, privateKey)),
  );
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    handshake: certificate.toString('base64').replace(/=+$/, ''),
  };
}

function extensions(): Buffer[] {
  return [
    extension(KEY_USAGE, true, der(BIT_STRING, USAGES)),
    extension(
      EXTENDED_KEY_USAGE,
      false,
      der(SEQUENCE, der(OBJECT_ID, SERVER_AUTH), der(OBJECT_ID, CLIENT_AUTH)),
    ),
    extension(BASIC_CONSTRAINTS, true, der(SEQUENCE, der(BOOLEAN, YES))),
    extension(SUBJECT_ALTERNATIVE_NAME, false, der(SEQUENCE, der(DNS_NAME, Buffer.from('localhost')))),
  ];
}

function extension(id: Buffer, critical: boolean, value: Buffer): Buffer {
  const parts = [der(OBJECT_ID, id)];
  if (critical) parts.push(der(BOOLEAN, YES));
  return der(SEQUENCE, ...parts, der(OCTET_STRING, value));
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 + length.length]), length, body]);
}
