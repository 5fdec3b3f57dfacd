/** The longest that a request may wait for its operation. */
export const MAX_WAIT_SECONDS = 60;

/**
 * Seconds of `Prefer: wait=N` (RFC 7240), at most a minute; undefined when the client does not ask to wait. A
 * preference that makes no sense is ignored, as the RFC wants it.
 */
export function waitSeconds(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? '').split(',')) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=', 2);
    if (name.trim().toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value.trim())?.[1];
    if (seconds === undefined || Number(seconds) === 0) return undefined;
    return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return undefined;
}
