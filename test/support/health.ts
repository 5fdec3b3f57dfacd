import { z } from 'zod';

const Detail = z.object({
  details: z.object({
    breakers: z.object({ notClosed: z.int(), longest: z.array(z.record(z.string(), z.unknown())) }),
  }),
});

/** The breakers that are not closed, as a service's health page shows them. */
export async function openBreakersAt(url: string): Promise<Record<string, unknown>[]> {
  const { breakers } = Detail.parse(await (await fetch(`${url}/health/broker`)).json()).details;
  if (breakers.notClosed !== breakers.longest.length) throw new Error('not all of them are shown');
  return breakers.longest;
}
