import type { IncomingMessage } from 'node:http';
import { BodyTooLarge, MalformedJson, UnsupportedMediaType, ValidationFailed } from './request-errors.js';
import { tooDeep } from './well-formed.js';

/** The largest body that is read, in bytes. A site with all its tunnels needs a few thousand. */
export const MAX_BODY_BYTES = 256 * 1024;
/** How much of an oversized body is read off and thrown away, so that the answer reaches a client still sending. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function assertJson({ headers }: IncomingMessage): void {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (!/^application\/(?:[\w.-]+\+)?json$/i.test(mediaType.trim())) {
    throw new UnsupportedMediaType('the body must be sent as Content-Type: application/json');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new UnsupportedMediaType('the body must be sent without a Content-Encoding');
  }
}

/** Collects the body; undefined when it is larger than allowed. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void) => {
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      settle();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks = [];
      if (size > MAX_DISCARDED_BYTES) finish(() => resolve(undefined));
    };
    const onEnd = () => finish(() => resolve(size > maxBytes ? undefined : Buffer.concat(chunks)));
    const onBroken = (cause?: unknown) =>
      finish(() => reject(new MalformedJson('the body ended before it was complete', cause)));
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

/** The parsers quote what they stumble over, which may be a secret: their errors go no further than this. */
function parse(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new MalformedJson('the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedJson('the body is not JSON');
  }
}

/**
 * Reads a JSON body; undefined when the request has none. Hand-made because it must happen after the caller is known:
 * a stranger's megabytes are not worth reading.
 */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number = MAX_BODY_BYTES,
): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  const bytes = await collect(request, maxBytes);
  if (bytes === undefined) throw new BodyTooLarge(maxBytes);
  if (bytes.length === 0) return undefined;
  assertJson(request);
  const body = parse(bytes);
  const depthFault = tooDeep(body);
  if (depthFault !== undefined) throw new ValidationFailed([depthFault]);
  return body;
}
