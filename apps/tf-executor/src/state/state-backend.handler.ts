import {
  StateConflict,
  StateFenced,
  StateLockLost,
  type RunGrant,
  type StateLockHolder,
  type StateStore,
} from '@app/ledger';
import { z } from 'zod';
import type { RunSession } from './run-tokens.js';

/** A request of Terraform's http backend, with its body read. */
export interface BackendRequest {
  method: string;
  url: string;
  session: RunSession | undefined;
  body: Buffer;
}

export interface BackendAnswer {
  status: number;
  body?: Buffer | string;
  headers?: Record<string, string>;
}

const LockInfo = z.looseObject({ ID: z.string().min(1).max(200) });

/** The methods of Terraform's `http` backend. There is no DELETE: a state ends with its site, in the ledger. */
const METHODS = ['GET', 'POST', 'LOCK', 'UNLOCK'] as const;
type Method = (typeof METHODS)[number];
const isMethod = (method: string): method is Method => (METHODS as readonly string[]).includes(method);

/**
 * Answers Terraform. Every refusal that is not a fault of the database is one that Terraform does not repeat:
 * it keeps the state in `errored.tfstate`, where it is found.
 */
export async function answerBackend(
  store: StateStore,
  { method, url, session, body }: BackendRequest,
): Promise<BackendAnswer> {
  if (session === undefined) {
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="state"' } };
  }
  const { pathname, searchParams } = new URL(url, 'http://state');
  if (pathname !== session.path) return { status: 403 };
  if (!isMethod(method)) return { status: 405, headers: { allow: METHODS.join(', ') } };
  if (session.grant === undefined) return { status: method === 'GET' ? 204 : 403 };
  try {
    const lockId = searchParams.get('ID') ?? undefined;
    return await HANDLERS[method](store, session.grant, session, { lockId, body });
  } catch (error) {
    session.cached = undefined;
    if (error instanceof StateFenced || error instanceof StateConflict || error instanceof StateLockLost) {
      return { status: 409, body: error.message };
    }
    throw error;
  }
}

type Handler = (
  store: StateStore,
  grant: RunGrant,
  session: RunSession,
  request: { lockId: string | undefined; body: Buffer },
) => Promise<BackendAnswer>;

const HANDLERS: Record<Method, Handler> = {
  GET: async (store, grant, session) => {
    // Terraform reads twice under one lock; nobody can have written in between.
    const content = session.cached === undefined ? await store.read(grant) : session.cached.content;
    if (session.isLocked) session.cached = { content };
    return content === undefined
      ? { status: 204 }
      : { status: 200, body: content, headers: { 'content-type': 'application/json' } };
  },
  POST: async (store, grant, session, { lockId, body }) => {
    await store.write(grant, lockId, body);
    session.cached = session.isLocked ? { content: body } : undefined;
    return { status: 200 };
  },
  LOCK: async (store, grant, session, { body }) => {
    const { success, data: info } = LockInfo.safeParse(parseJson(body));
    if (!success) return { status: 400 };
    const holder = await store.lock(grant, info);
    if (holder !== undefined) return { status: 423, ...holderAnswer(holder) };
    session.isLocked = true;
    session.cached = undefined;
    return { status: 200 };
  },
  UNLOCK: async (store, grant, session, { body }) => {
    const { success, data: info } = LockInfo.safeParse(parseJson(body));
    if (!success) return { status: 400 };
    session.isLocked = false;
    session.cached = undefined;
    // A lock that is gone already is what was asked for.
    await store.unlock(grant, info.ID);
    return { status: 200 };
  },
};

const holderAnswer = (holder: StateLockHolder): Pick<BackendAnswer, 'body' | 'headers'> => ({
  body: JSON.stringify({ ...holder.info, ID: holder.lockId }),
  headers: { 'content-type': 'application/json' },
});

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
