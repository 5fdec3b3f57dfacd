import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from './caller.js';

/** Where API keys are looked up. */
export interface KeyLookup {
  authenticate(keyText: string): Promise<Caller | undefined>;
}
export const KEY_LOOKUP = Symbol('KeyLookup');

/** A revoked key is refused everywhere after this long at the latest. */
const REMEMBERED_MS = 5_000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  caller: Promise<Caller | undefined>;
  until: number;
}

/** Looks API keys up and remembers the answers for a moment, so that a busy client costs no query per request. */
@Injectable()
export class KeyDirectory {
  /** By hash: the keys themselves are not kept in memory. */
  private readonly remembered = new Map<string, Remembered>();

  constructor(@Inject(KEY_LOOKUP) private readonly keys: KeyLookup) {}

  find(keyText: string): Promise<Caller | undefined> {
    const hash = createHash('sha256').update(keyText).digest('base64');
    const known = this.remembered.get(hash);
    if (known !== undefined && known.until > Date.now()) return known.caller;
    const caller = this.keys.authenticate(keyText);
    this.remember(hash, caller);
    return caller;
  }

  /** To be called when keys change, so that this process at least sees it at once. */
  forget(): void {
    this.remembered.clear();
  }

  private remember(hash: string, caller: Remembered['caller']): void {
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    const entry = { caller, until: Date.now() + REMEMBERED_MS };
    this.remembered.set(hash, entry);
    caller.catch(() => {
      if (this.remembered.get(hash) === entry) this.remembered.delete(hash);
    });
  }
}
