import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ClientPlan } from '../plan/load-plan.js';
import type { System } from '../system/system.js';
import type { Generation } from './spec.js';
import { submissionOf } from './requests.js';
import { isSettled, type Submission, type SubmissionAnswer } from './submission.js';

const AGAIN_AFTER_MS = 100;
const PATIENCE_MS = 60_000;
const ANSWER_TIMEOUT_MS = 15_000;

/** The body of an accepted request is an operation, or what was asked for if nothing was to be done; else a problem. */
const Body = z.looseObject({ id: z.uuid().optional(), code: z.string().optional() });

/** One client: sends its requests one after another, and sends each again until it has an answer that counts. */
export async function runClient(
  system: System,
  generation: Generation,
  plan: ClientPlan,
  { number, onSubmission }: { number: number; onSubmission: (submission: Submission) => void },
): Promise<void> {
  for (const step of plan) {
    await sleep(step.waitMs);
    const submission = submissionOf(generation, step);
    onSubmission(submission);
    const ask = (gateway: number, losesAnswerAfterMs: number | undefined) =>
      sendUntilSettled(system, submission, gateway, losesAnswerAfterMs);
    await Promise.all([
      ask(number, step.losesAnswerAfterMs),
      ...(step.isDoubled ? [ask(number + 1, undefined)] : []),
    ]);
  }
}

async function sendUntilSettled(
  system: System,
  submission: Submission,
  preferredGateway: number,
  losesAnswerAfterMs: number | undefined,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let timeoutMs = losesAnswerAfterMs ?? ANSWER_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const { url } = await system.gateway(preferredGateway % system.gateways.length);
    const answer = await send(url, system.stack.adminKey, submission, timeoutMs);
    timeoutMs = ANSWER_TIMEOUT_MS;
    if (answer === undefined) submission.lost += 1;
    else submission.answers.push(answer);
    if (answer !== undefined && isSettled(answer)) return;
    await sleep(AGAIN_AFTER_MS);
  }
  submission.isGivenUp = true;
}

/** undefined when the answer was lost, or nobody was there to give one. */
async function send(
  url: string,
  apiKey: string,
  { method, path, key, body }: Submission,
  timeoutMs: number,
): Promise<SubmissionAnswer | undefined> {
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    const { id, code } = Body.parse(text === '' ? {} : JSON.parse(text));
    return { status: answer.status, operationId: id, code };
  } catch {
    return undefined;
  }
}
