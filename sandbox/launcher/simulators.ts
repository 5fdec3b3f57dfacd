import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Addresses = z.object({ adminUrl: z.url(), vendors: z.record(z.string(), z.url()) });
export type SimulatorAddresses = z.infer<typeof Addresses>;

/** The simulators print their addresses as one line of JSON once they listen. */
export function announcedAddresses(logFile: string): SimulatorAddresses | undefined {
  for (const line of readFileSync(logFile, 'utf8').split('\n').toReversed()) {
    const addresses = parse(line);
    if (addresses) return addresses;
  }
  return undefined;
}

function parse(line: string): SimulatorAddresses | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return Addresses.safeParse(JSON.parse(line)).data;
  } catch {
    // A line that is not whole yet.
    return undefined;
  }
}
