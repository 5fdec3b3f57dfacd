/** Which messages of a queue a service handles, and how many at a time. */
export interface Subscription {
  queue: string;
  /** The message types that have a handler here; any other type is dead-lettered. */
  patterns: readonly string[];
  /** Jobs at a time in this process: as many channels, each with prefetch 1. */
  slots: number;
}

/** What is wrong between subscriptions and handlers; such a service must not start. */
export function subscriptionFaults(
  subscriptions: readonly Subscription[],
  handlersByPattern: ReadonlyMap<string, number>,
): string[] {
  const faults: string[] = [];
  const queues = new Set<string>();
  for (const { queue, patterns, slots } of subscriptions) {
    if (queues.has(queue)) faults.push(`queue ${queue} is subscribed twice`);
    queues.add(queue);
    if (!Number.isInteger(slots) || slots < 1) faults.push(`queue ${queue} has no slot`);
    if (patterns.length === 0) faults.push(`queue ${queue} has no pattern`);
    for (const pattern of patterns) {
      if (!handlersByPattern.has(pattern)) faults.push(`queue ${queue} has no handler for ${pattern}`);
    }
  }
  for (const [pattern, count] of handlersByPattern) {
    if (count > 1) faults.push(`pattern ${pattern} has ${count} handlers`);
  }
  return faults;
}
