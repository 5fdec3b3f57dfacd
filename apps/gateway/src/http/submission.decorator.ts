import type { IdempotencyInput, Requester } from '@app/ledger';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../auth/authentication.guard.js';
import { requesterOf } from '../auth/caller.js';
import { idempotencyKey } from './idempotency-key.js';
import { writeConditions, type WriteConditions } from './preconditions.js';
import { waitSeconds } from './prefer.js';

/** How long a client wants to wait for its operation; the signal fires when it goes away. */
export interface Wait {
  seconds: number;
  signal: AbortSignal;
}

/** What the headers of a mutation say: who asks, under which key and conditions, and whether it waits. */
export interface Submission {
  requester: Requester;
  idempotency: IdempotencyInput | undefined;
  conditions: WriteConditions;
  wait: Wait | undefined;
}

function waitOf(prefer: string | undefined, response: Response): Wait | undefined {
  const seconds = waitSeconds(prefer);
  if (seconds === undefined) return undefined;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return { seconds, signal: gone.signal };
}

/** The headers of a mutation, as a handler's parameter. */
export const CurrentSubmission = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Submission => {
    const request = context.switchToHttp().getRequest<Request>();
    const prefer = request.headers.prefer;
    return {
      requester: requesterOf(callerOf(request)),
      idempotency: idempotencyKey(request.get('idempotency-key'), {
        method: request.method,
        url: request.originalUrl,
        body: request.method === 'DELETE' ? undefined : (request.body as unknown),
      }),
      conditions: writeConditions(request.headers),
      wait: waitOf(Array.isArray(prefer) ? prefer.join(',') : prefer, context.switchToHttp().getResponse()),
    };
  },
);
