import type { z } from 'zod';
import { AppError } from '../errors/app-error.js';

export interface ConfigFault {
  variable: string;
  problem: string;
}

/** The environment does not fit; names every faulty variable and never a value. */
export class InvalidConfiguration extends AppError {
  readonly code = 'VALIDATION_FAILED';
  constructor(readonly faults: readonly ConfigFault[]) {
    const list = faults.map(({ variable, problem }) => `${variable} ${problem}`).join('; ');
    super(`invalid configuration: ${list}`, { details: { faults } });
  }
}

/**
 * Reads the variables that the schema names, and no other, checks them, and freezes the result. An empty
 * variable counts as absent, because compose files and shells set empty ones for "not given".
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const given: Record<string, string> = {};
  for (const variable of Object.keys(schema.shape)) {
    const value = env[variable];
    if (value !== undefined && value !== '') given[variable] = value;
  }
  const result = schema.safeParse(given);
  if (!result.success) {
    throw new InvalidConfiguration(result.error.issues.map((issue) => faultOf(issue, given)));
  }
  return Object.freeze(result.data);
}

function faultOf(issue: z.core.$ZodIssue, given: Record<string, string>): ConfigFault {
  const variable = String(issue.path[0] ?? 'environment');
  const isMissing = issue.code === 'invalid_type' && issue.path.length === 1 && !(variable in given);
  return { variable, problem: isMissing ? 'is missing' : `is wrong (${issue.message})` };
}
