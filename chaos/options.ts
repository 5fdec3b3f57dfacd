import { parseArgs } from 'node:util';
import { z } from 'zod';

export interface ChaosOptions {
  rounds: number;
  seed: number;
  /** The number of the first round. */
  from: number;
  file: string;
  /** Only show what the file holds. */
  isSummary: boolean;
  gateways: number;
  executors: number;
  programmers: number;
}

/** Something in the arguments cannot be used; the message says what. */
export class BadArguments extends Error {}

export const USAGE = `npm run chaos -- [options]

  --rounds <n>      rounds (default 10); each takes up to 20 s
  --seed <n>        what is left to chance (default 1); the same seed makes the same rounds
  --from <n>        number of the first round (default 0): --seed S --from i --rounds 1 repeats one
  --file <file>     where rounds are added (default .sitewright/chaos.jsonl)
  --gateways <n>    gateways (default 2)
  --executors <n>   executors of two slots (default 2)
  --programmers <n> device programmers (default 2)
  --summary         only show what all rounds of the file come to`;

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const Values = z.object({
  rounds: whole(1, 10_000).default(10),
  seed: whole(0, 4_294_967_295).default(1),
  from: whole(0, 1_000_000).default(0),
  file: z.string().min(1).default('.sitewright/chaos.jsonl'),
  gateways: whole(1, 4).default(2),
  executors: whole(1, 8).default(2),
  programmers: whole(1, 8).default(2),
  summary: z.boolean().default(false),
  help: z.boolean().default(false),
});
const FLAGS = ['summary', 'help'];

/** undefined when help is asked for. @throws BadArguments */
export function chaosOptions(args: readonly string[]): ChaosOptions | undefined {
  const { help, summary, ...values } = parse(args);
  return help ? undefined : { ...values, isSummary: summary };
}

function parse(args: readonly string[]): z.output<typeof Values> {
  const options = Object.fromEntries(
    Object.keys(Values.shape).map((name) => [
      name,
      { type: FLAGS.includes(name) ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  let values: unknown;
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
  const parsed = Values.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new BadArguments(
    parsed.error.issues.map(({ path, message }) => `--${path.join(' ')}: ${message}`).join('\n'),
  );
}
