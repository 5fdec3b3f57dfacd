import type { Breaker } from './breakers.js';
import type { BreakersRepository } from './breakers.repository.js';

/** More than that nobody reads; `GET /v1/vendors` has them all. */
const SHOWN = 50;

/** The breakers that are not closed, for the health detail of a process: how many, and those that are so longest. */
export const breakerDetail = (breakers: Pick<BreakersRepository, 'notClosed'>) => async () => {
  const { count, longest } = await breakers.notClosed(SHOWN);
  return { notClosed: count, longest: longest.map(shown) };
};

const shown = ({ vendor, accountId, family, state, since, probeAt }: Breaker) => ({
  vendor,
  accountId,
  family,
  state,
  since,
  probeAt,
});
