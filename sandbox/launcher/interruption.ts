/** A terminal's Ctrl-C comes once from the terminal and again from npm, which passes it on: that is one. */
const SAME_KEY_PRESS_MS = 400;

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** How far the reader's impatience has come: the first Ctrl-C stops, the second hurries, the third kills. */
export interface Interruption {
  stop: AbortSignal;
  hurry: AbortSignal;
  kill: AbortSignal;
}

/** Turns SIGINT, SIGTERM and SIGHUP into three signals, one after the other. */
export function listenForInterruption(
  source: NodeJS.EventEmitter = process,
  now: () => number = () => performance.now(),
): Interruption {
  const steps = [new AbortController(), new AbortController(), new AbortController()] as const;
  let last = Number.NEGATIVE_INFINITY;
  const advance = () => {
    const at = now();
    const isRepetition = at - last < SAME_KEY_PRESS_MS;
    last = at;
    if (isRepetition) return;
    steps.find((step) => !step.signal.aborted)?.abort(new Interrupted('interrupted'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) source.on(signal, advance);
  const [stop, hurry, kill] = steps;
  return { stop: stop.signal, hurry: hurry.signal, kill: kill.signal };
}
