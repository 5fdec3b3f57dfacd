import { createHash, randomBytes } from 'node:crypto';
import type { RunGrant } from '@app/ledger';

/** What a run may do at the state backend. */
export interface RunSession {
  /** undefined: an `init`, which finds an empty state and may change nothing. */
  grant: RunGrant | undefined;
  /** The path of its own state. */
  path: string;
  /** The run holds the lock of its state. */
  isLocked: boolean;
  /** The state as last read or written under the lock, so that Terraform's second read costs no round trip. */
  cached: { content: Buffer | undefined } | undefined;
}

export interface RunAccess {
  path: string;
  username: string;
  password: string;
}

const digest = (password: string): string => createHash('sha256').update(password).digest('hex');

/** The one-run tokens of this process. A token opens one state for one run, and dies with it. */
export class RunTokens {
  /** By digest: what is looked up is not the secret, so how long it takes tells nothing about it. */
  readonly #sessions = new Map<string, RunSession>();

  issue(grant: RunGrant | undefined): RunAccess {
    const password = randomBytes(32).toString('base64url');
    const path = `/state/${grant?.resourceId ?? 'none'}`;
    this.#sessions.set(digest(password), { grant, path, isLocked: false, cached: undefined });
    return { path, username: 'run', password };
  }

  revoke({ password }: RunAccess): void {
    this.#sessions.delete(digest(password));
  }

  /** @param authorization the header `Authorization: Basic ...` */
  find(authorization: string | undefined): RunSession | undefined {
    const [scheme, encoded] = (authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return undefined;
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const password = credentials.slice(credentials.indexOf(':') + 1);
    return this.#sessions.get(digest(password));
  }
}
