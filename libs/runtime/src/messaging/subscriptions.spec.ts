import { describe, expect, it } from 'vitest';
import { type Subscription, subscriptionFaults } from './subscriptions.js';

const site: Subscription = { queue: 'q', patterns: ['a'], slots: 2 };
const handlers = (...patterns: [string, number][]) => new Map(patterns);

describe('subscriptions and handlers', () => {
  it.each<[string, Subscription[], Map<string, number>, string[]]>([
    ['one handler per pattern is right', [site], handlers(['a', 1]), []],
    ['a handler for a queue of another service is right', [site], handlers(['a', 1], ['b', 1]), []],
    ['a pattern without handler', [site], handlers(['b', 1]), ['queue q has no handler for a']],
    ['a pattern with two handlers', [site], handlers(['a', 2]), ['pattern a has 2 handlers']],
    ['a queue without pattern', [{ ...site, patterns: [] }], handlers(['a', 1]), ['queue q has no pattern']],
    ['a queue without slot', [{ ...site, slots: 0 }], handlers(['a', 1]), ['queue q has no slot']],
    ['a queue named twice', [site, site], handlers(['a', 1]), ['queue q is subscribed twice']],
  ])('%s', (_name, subscriptions, byPattern, expected) => {
    expect(subscriptionFaults(subscriptions, byPattern)).toEqual(expected);
  });
});
