import { OutboxRelay, type MessagePublisher, type OutgoingMessage } from '@app/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger, submit, wakes, type TestLedger } from './ledger-fixture.js';

/** A broker that can be away and can refuse. */
class FakeBroker implements MessagePublisher {
  isReady = true;
  readonly got: OutgoingMessage[] = [];
  refuse: (message: OutgoingMessage) => Error | undefined = () => undefined;

  publishAll(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const verdicts = messages.map((message) => this.refuse(message));
    this.got.push(...messages.filter((_message, index) => verdicts[index] === undefined));
    return Promise.resolve(verdicts);
  }
}

describe('the outbox', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  it('publishes after the commit, keeps what was refused, and waits for a broker that is away', async () => {
    const broker = new FakeBroker();
    const relay = new OutboxRelay(ledger.database, ledger.outbox, broker);
    broker.isReady = false;
    relay.onApplicationBootstrap();
    const operation = await submit(ledger, { site: 'one' });
    expect(await wakes(ledger)).toHaveLength(1);

    broker.refuse = () => new Error('nacked');
    broker.isReady = true;
    ledger.outbox.poke();
    const refused = () =>
      ledger.database.rows<{ tries: number; error: string }>(`select tries, last_error as error from outbox`);
    await expect.poll(refused).toEqual([{ tries: 1, error: 'nacked' }]);

    broker.refuse = () => undefined;
    await expect.poll(() => wakes(ledger), { timeout: 10_000 }).toEqual([]);
    expect(broker.got).toMatchObject([
      {
        queue: 'sitewright.cato.site',
        type: 'site.converge.v1',
        headers: {
          'x-sw-operation-id': operation.id,
          'x-sw-idempotency-key': operation.id,
          'x-sw-release-no': 1,
        },
        body: { operationId: operation.id, releaseNo: 1, lane: 'site' },
      },
    ]);
    expect(JSON.stringify(broker.got)).not.toContain('canary');
    await relay.stop();
  });

  it('several relays publish each row once', async () => {
    const broker = new FakeBroker();
    const relays = [1, 2, 3].map(() => new OutboxRelay(ledger.database, ledger.outbox, broker));
    for (const relay of relays) relay.onApplicationBootstrap();
    const operations = await Promise.all(
      Array.from({ length: 15 }, (_, at) => submit(ledger, { site: `many-${at}` })),
    );
    await expect.poll(() => wakes(ledger), { timeout: 10_000 }).toEqual([]);
    const published = broker.got.map(({ headers }) => headers['x-sw-operation-id']);
    expect(published).toHaveLength(operations.length);
    expect(new Set(published)).toEqual(new Set(operations.map(({ id }) => id)));
    await Promise.all(relays.map((relay) => relay.stop()));
  });
});
