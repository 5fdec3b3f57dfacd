import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

export const RoundResult = z.object({
  seed: z.number(),
  round: z.number(),
  startedAt: z.string(),
  durationMs: z.number(),
  /** From the end of the load until everything was at rest. */
  quietAfterMs: z.number(),
  /** What was waited for last. */
  waitedFor: z.string().optional(),
  disturbances: z.array(
    z.object({
      kind: z.string(),
      atMs: z.number(),
      endedAtMs: z.number(),
      hit: z.boolean(),
      detail: z.string(),
    }),
  ),
  faults: z.array(z.object({ what: z.string(), fired: z.number() })),
  requests: z.object({
    sent: z.number(),
    accepted: z.number(),
    refused: z.number(),
    lostAnswers: z.number(),
  }),
  /** How many operations ended in which way. */
  operations: z.record(z.string(), z.number()),
  /** Of how many devices something was asked, by the way in which that ended. */
  devices: z.record(z.string(), z.number()).default({}),
  retries: z.number(),
  takeovers: z.number(),
  healed: z.number(),
  violations: z.array(z.object({ invariant: z.string(), message: z.string(), ids: z.array(z.string()) })),
  /** Where the services' logs of a round with violations were put. */
  logs: z.string().optional(),
});
export type RoundResult = z.infer<typeof RoundResult>;

/** Rounds add up over several runs in a file of one line each. */
export class Journal {
  constructor(readonly file: string) {}

  append(result: RoundResult): void {
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${JSON.stringify(result)}\n`);
  }

  read(): RoundResult[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => RoundResult.parse(JSON.parse(line)));
  }
}
