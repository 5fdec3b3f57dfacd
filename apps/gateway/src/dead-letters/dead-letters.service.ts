import type { DeadLetter, DeadLetterReplay, DeadLetterReplayReport, Page } from '@app/contracts';
import type { DeadLetters } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { isOutOfScope, requesterOf, type Caller } from '../auth/caller.js';
import type { DeadLettersQuery } from './dead-letter-requests.js';

export const DEAD_LETTERS = Symbol('DeadLetters');

const scopeOf = ({ customer }: Caller): string | undefined => customer ?? undefined;

/** Dead letters as far as the caller may see them. */
@Injectable()
export class DeadLettersService {
  constructor(@Inject(DEAD_LETTERS) private readonly deadLetters: DeadLetters) {}

  async list(caller: Caller, query: DeadLettersQuery): Promise<Page<DeadLetter>> {
    const { limit, cursor, ...filter } = query;
    if (isOutOfScope(caller, filter.customer)) return { items: [], nextCursor: null };
    return this.deadLetters.list(filter, { limit, cursor }, scopeOf(caller));
  }

  get(caller: Caller, id: string): Promise<DeadLetter> {
    return this.deadLetters.get(id, scopeOf(caller));
  }

  replay(caller: Caller, id: string): Promise<DeadLetter> {
    return this.deadLetters.replay(id, requesterOf(caller), scopeOf(caller));
  }

  async replayAll(caller: Caller, replay: DeadLetterReplay): Promise<DeadLetterReplayReport> {
    if (isOutOfScope(caller, replay.filter.customer)) return nothingReplayed(replay);
    return this.deadLetters.replayAll(replay, requesterOf(caller), scopeOf(caller));
  }

  discard(caller: Caller, id: string, reason: string): Promise<void> {
    return this.deadLetters.discard(id, reason, requesterOf(caller), scopeOf(caller));
  }
}

const nothingReplayed = ({ dryRun }: DeadLetterReplay): DeadLetterReplayReport => ({
  dryRun,
  matched: 0,
  replayed: 0,
  superseded: 0,
  notReplayable: 0,
  lastReleaseAt: null,
});
