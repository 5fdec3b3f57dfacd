import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import * as http from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Connections are shared by all runs of a warm process; credentials are headers of each call, never of these. */
const plainAgent = new http.Agent({ keepAlive: true });

/** Posts and reads the whole answer. There is no timeout, as in the vendor's client: only the signal ends it. */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const response = await send(url, { method: 'POST', headers, signal }, body);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const isCompressed = response.headers['content-encoding'] === 'gzip';
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: (isCompressed ? await gunzip(bytes) : bytes).toString('utf8'),
  };
}

async function send(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  // Loaded only for a TLS address: the simulator has none, and every start would pay for it.
  const request =
    url.protocol === 'https:'
      ? (await import('node:https')).request(url, options)
      : http.request(url, { ...options, agent: plainAgent });
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function gunzip(bytes: Buffer): Promise<Buffer> {
  const { gunzipSync } = await import('node:zlib');
  return gunzipSync(bytes);
}
