import { describe, expect, it } from 'vitest';
import { WORK_QUEUES } from './broker-hand.js';
import { untilQuiet, type Witnesses } from './quiescence.js';

const REPORT_AGE_MS = 150;

/** Answers one after another; the last one stays. */
function inTurn<Answer>(answers: Answer[]): () => Promise<Answer> {
  return async () => {
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
    if (answer === undefined) throw new Error('nothing to answer');
    return answer;
  };
}

const queues = (unacknowledged: number) =>
  WORK_QUEUES.map((name, index) => ({ name, ready: 0, unacknowledged: index === 0 ? unacknowledged : 0 }));

/** A ledger and a broker that say these things, one after another. */
function witnesses(said: { work?: string[][]; unacknowledged?: number[] }): Witnesses {
  const work = inTurn(said.work ?? [[]]);
  const rows = async () => (await work()).map((what) => ({ what }));
  return { ledger: { rows }, broker: { queues: inTurn((said.unacknowledged ?? [0]).map(queues)) } };
}

describe('untilQuiet', () => {
  it('does not believe a report of the broker that may be older than the rest of the ledger', async () => {
    const { ms, unfinished } = await untilQuiet(witnesses({}), 'g', REPORT_AGE_MS);
    expect(unfinished).toEqual([]);
    expect(ms).toBeGreaterThanOrEqual(REPORT_AGE_MS);
  });

  it('waits for what the ledger has at work, and says so', async () => {
    const quiet = await untilQuiet(witnesses({ work: [['operation 1'], []] }), 'g', REPORT_AGE_MS);
    expect(quiet).toMatchObject({ unfinished: [], waitedFor: 'operation' });
  });

  it('waits for messages that are not acknowledged', async () => {
    const quiet = await untilQuiet(witnesses({ unacknowledged: [3, 0] }), 'g', REPORT_AGE_MS);
    expect(quiet).toMatchObject({ unfinished: [], waitedFor: 'queue' });
  });

  it('begins to wait again when the ledger comes to life meanwhile', async () => {
    const { ms } = await untilQuiet(witnesses({ work: [[], ['operation 1'], []] }), 'g', REPORT_AGE_MS);
    expect(ms).toBeGreaterThanOrEqual(2 * REPORT_AGE_MS);
  });
});
