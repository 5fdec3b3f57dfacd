import type { IncomingMessage } from 'node:http';

/** Headers of one connection, not of the message (RFC 9110, section 7.6.1). */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Replaced by what is true of the forwarded request. Compressed answers could not be looked at for a refusal. */
const REPLACED = new Set(['host', 'content-length', 'accept-encoding', 'expect']);

export class BodyTooLarge extends Error {}

/** @throws BodyTooLarge */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) throw new BodyTooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The provider's headers as they were, flat as `name, value, name, value`, for another host. */
export function forwardedHeaders(raw: readonly string[], { host }: URL, length: number): string[] {
  const kept = filtered(raw, (name) => !OF_THE_CONNECTION.has(name) && !REPLACED.has(name));
  return ['Host', host, ...kept, 'Accept-Encoding', 'identity', 'Content-Length', String(length)];
}

/** The vendor's headers, for the provider. */
export const returnedHeaders = (raw: readonly string[]): string[] =>
  filtered(raw, (name) => !OF_THE_CONNECTION.has(name));

function filtered(raw: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (isKept(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
