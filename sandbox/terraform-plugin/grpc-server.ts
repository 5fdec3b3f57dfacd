import type { Http2SecureServer, Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createSecureServer, createServer } from 'node:http2';

/** The gRPC status codes that a plugin answers with. */
export const GrpcStatus = { ok: 0, unimplemented: 12, internal: 13, unavailable: 14 } as const;

export class GrpcError extends Error {
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Answers the calls of one connection; what it remembers ends with the connection. */
export interface Connection {
  /** Undefined for a method the plugin does not have. */
  call(method: string, message: Buffer, signal: AbortSignal): Promise<Uint8Array> | Uint8Array | undefined;
  /** Asked after each answer: whether it was the last one. */
  readonly isEnding: boolean;
  closed(): void;
}

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** The only certificate a client may present. */
  readonly clientCert: string;
}

const FRAME_HEADER_BYTES = 5;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const;
const OK_TRAILERS = { 'grpc-status': String(GrpcStatus.ok) } as const;
const SETTINGS = { enablePush: false, initialWindowSize: 1024 * 1024 } as const;

/** A gRPC server for unary calls, straight on HTTP/2: that is all a provider is asked for. */
export function createGrpcServer(
  openConnection: () => Connection,
  tls?: TlsIdentity,
): Http2Server | Http2SecureServer {
  const server = tls
    ? createSecureServer({
        key: tls.key,
        cert: tls.cert,
        ca: tls.clientCert,
        requestCert: true,
        rejectUnauthorized: true,
        allowHTTP1: false,
        settings: SETTINGS,
      })
    : createServer({ settings: SETTINGS });
  server.on('session', (session: ServerHttp2Session) => serveSession(session, openConnection()));
  // A client that vanishes in the middle of its handshake is no concern of the plugin.
  server.on('sessionError', () => undefined);
  return server;
}

function serveSession(session: ServerHttp2Session, connection: Connection): void {
  const closed = new AbortController();
  session.on('stream', (stream, headers) => {
    const method = headers[':path'] ?? '';
    const serve = async (): Promise<void> => {
      const answer = await connection.call(method, await collect(stream), closed.signal);
      if (answer === undefined) throw new GrpcError(GrpcStatus.unimplemented, `unknown method ${method}`);
      respond(stream, answer);
      if (connection.isEnding) session.close();
    };
    serve().catch((error: unknown) => refuse(stream, error));
  });
  session.on('error', () => undefined);
  session.on('close', () => {
    closed.abort(new Error('context canceled'));
    connection.closed();
  });
}

/** Resolves with the first message; a streaming client that sends none is answered just the same. */
function collect(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    let needed = FRAME_HEADER_BYTES;
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < needed) return;
      const frame = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      needed = FRAME_HEADER_BYTES + frame.readUInt32BE(1);
      if (received < needed) return;
      if (frame[0] !== 0) {
        reject(new GrpcError(GrpcStatus.unimplemented, 'compressed messages are not supported'));
      } else {
        resolve(frame.subarray(FRAME_HEADER_BYTES, needed));
      }
    });
    stream.on('end', () => resolve(Buffer.alloc(0)));
    stream.on('error', reject);
    stream.on('aborted', () => reject(new Error('call was cancelled')));
  });
}

function respond(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed) return;
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, FRAME_HEADER_BYTES);
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(OK_TRAILERS));
  stream.end(frame);
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const { status, message } =
    error instanceof GrpcError ? error : { status: GrpcStatus.internal, message: 'internal error' };
  stream.respond(
    { ...HEADERS, 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) },
    { endStream: true },
  );
}
