import { DeadLetter, DeadLetterReplayReport } from '@app/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.js';
import { operationOf } from '../testing/fakes.js';
import { type Call, GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

const ids = { acme: deadLetterOf().id, globex: '01990000-0000-7000-8000-0000000000d2' };
const UNREADABLE = '01990000-0000-7000-8000-0000000000d3';
const UNKNOWN = '01990000-0000-7000-8000-0000000000df';
const LIST = '/v1/dead-letters';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
  const { operationId: _operation, customer: _customer, site: _site, ...nobodys } = deadLetterOf();
  gateway.deadLetters.add(deadLetterOf(), deadLetterOf({ id: ids.globex, customer: 'globex' }), {
    ...nobodys,
    id: UNREADABLE,
    reason: 'unreadable',
    links: {},
  });
});
afterEach(() => gateway.stop());

const requester = (key: string) => {
  const caller = gateway.keys.callers.get(key);
  return { apiKeyId: caller?.id, name: caller?.name };
};
const replay = (id: string, call: Call = {}) => gateway.call('POST', `${LIST}/${id}:replay`, call);
const replayAll = (body: unknown, call: Call = {}) =>
  gateway.call('POST', `${LIST}:replay`, { body, ...call });
const discard = (id: string, query: string, call: Call = {}) =>
  gateway.call('DELETE', `${LIST}/${id}${query}`, call);

describe('dead letters', () => {
  it('are listed by every filter', async () => {
    const query =
      'customer=acme&site=paris&vendor=cato&lane=site&reason=transient&code=VENDOR_UNAVAILABLE&status=open';
    const reply = await gateway.call('GET', `${LIST}?${query}&limit=7&cursor=abc`, { key: KEY.viewer });
    expect(reply.status).toBe(200);
    const filter = Object.fromEntries(new URLSearchParams(query));
    expect(gateway.deadLetters.asked).toEqual([[filter, { limit: 7, cursor: 'abc' }, undefined]]);
  });

  it.each([
    ['lane=fast', 'lane'],
    ['reason=unlucky', 'reason'],
    ['code=OOPS', 'code'],
    ['status=closed', 'status'],
    ['customer=A', 'customer'],
    ['limit=0', 'limit'],
    ['statuss=open', 'statuss'],
  ])('?%s is refused', async (query, path) => {
    const reply = await gateway.call('GET', `${LIST}?${query}`);
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths: [path] });
  });

  it('show why, how often, and where their operation is', async () => {
    const reply = await gateway.call('GET', `${LIST}/${ids.acme}`, { key: KEY.acmeViewer });
    expect(DeadLetter.parse(reply.body)).toEqual(deadLetterOf());
  });

  it('of others are not there for a scoped key, whatever it does', async () => {
    const key = KEY.acmeAdmin;
    for (const id of [ids.globex, UNREADABLE]) {
      for (const reply of [
        await gateway.call('GET', `${LIST}/${id}`, { key }),
        await replay(id, { key }),
        await discard(id, '?reason=not+mine', { key }),
      ]) {
        expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      }
      expect(gateway.deadLetters.deadLetters.get(id)?.status).toBe('open');
    }
  });

  it('are listed within the scope of the key, and for another customer not at all', async () => {
    const key = KEY.acmeViewer;
    expect(await gateway.call('GET', LIST, { key })).toMatchObject({ body: { items: [{ id: ids.acme }] } });
    expect(gateway.deadLetters.asked).toEqual([[{}, { limit: 50 }, 'acme']]);
    const others = await gateway.call('GET', `${LIST}?customer=globex`, { key });
    expect(others.body).toEqual({ items: [], nextCursor: null });
    expect(gateway.deadLetters.asked).toHaveLength(1);
  });
});

describe('a replay', () => {
  it('runs the operation once, however often it is asked for', async () => {
    const replies = [await replay(ids.acme), await replay(ids.acme)];
    for (const reply of replies) {
      expect(reply.status).toBe(200);
      expect(DeadLetter.parse(reply.body)).toMatchObject({
        id: ids.acme,
        status: 'replayed',
        closedBy: 'operator',
        links: { operation: `/v1/operations/${operationOf().id}` },
      });
    }
    expect(gateway.deadLetters.runs).toEqual([operationOf().id]);
  });

  it('of one that was superseded answers with it and runs nothing', async () => {
    gateway.deadLetters.add(deadLetterOf({ status: 'superseded' }));
    expect(await replay(ids.acme)).toMatchObject({ status: 200, body: { status: 'superseded' } });
    expect(gateway.deadLetters.runs).toEqual([]);
  });

  it.each([
    ['was discarded', ids.acme],
    ['belongs to no operation', UNREADABLE],
  ])('of one that %s is a 409', async (_name, id) => {
    gateway.deadLetters.add(deadLetterOf({ status: 'discarded' }));
    expect(problemOf(await replay(id))).toMatchObject({ status: 409, code: 'INVALID_TRANSITION' });
    expect(gateway.deadLetters.runs).toEqual([]);
  });

  it.each([
    ['1', 422, 'VALIDATION_FAILED'],
    [`${ids.acme}:replay`, 422, 'VALIDATION_FAILED'],
    [UNKNOWN, 404, 'NOT_FOUND'],
  ])('of %s is a %i', async (id, status, code) => {
    expect(problemOf(await replay(id))).toMatchObject({ status, code });
  });

  it('is not mistaken for another verb or method', async () => {
    const post = (path: string) => gateway.call('POST', `${LIST}${path}`, { body: { filter: {} } });
    expect(problemOf(await post(`/${ids.acme}:replays`)).status).toBe(404);
    expect(problemOf(await post(':replays')).status).toBe(404);
    expect(problemOf(await post('/:replay')).status).toBe(404);
    const wrongMethod = await gateway.call('GET', `${LIST}:replay`);
    expect(problemOf(wrongMethod).code).toBe('METHOD_NOT_ALLOWED');
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect(gateway.deadLetters.runs).toEqual([]);
  });
});

describe('a replay by filter', () => {
  it('goes to the ledger with its rate, and reports', async () => {
    const filter = { customer: 'acme', site: 'paris', vendor: 'cato', lane: 'site', reason: 'transient' };
    const reply = await replayAll({ filter: { ...filter, code: 'VENDOR_UNAVAILABLE' }, ratePerMinute: 30 });
    expect(reply.status).toBe(200);
    expect(DeadLetterReplayReport.parse(reply.body)).toMatchObject({ dryRun: false, matched: 3 });
    expect(gateway.deadLetters.asked).toEqual([
      [
        { filter: { ...filter, code: 'VENDOR_UNAVAILABLE' }, ratePerMinute: 30, dryRun: false },
        requester(KEY.operator),
        undefined,
      ],
    ]);
  });

  it('is carried out within the scope of the key, dry run or not', async () => {
    const key = KEY.acmeOperator;
    const reply = await replayAll({ filter: {}, dryRun: true }, { key });
    expect(reply.body).toMatchObject({ dryRun: true, matched: 1 });
    expect(gateway.deadLetters.asked).toEqual([[{ filter: {}, dryRun: true }, requester(key), 'acme']]);
  });

  it('for another customer finds nothing', async () => {
    const reply = await replayAll({ filter: { customer: 'globex' } }, { key: KEY.acmeOperator });
    expect(reply.status).toBe(200);
    expect(DeadLetterReplayReport.parse(reply.body)).toEqual({
      dryRun: false,
      matched: 0,
      replayed: 0,
      superseded: 0,
      notReplayable: 0,
      lastReleaseAt: null,
    });
    expect(gateway.deadLetters.asked).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [undefined, ['']],
    [{}, ['filter']],
    [{ filter: null }, ['filter']],
    [{ filter: { status: 'open' } }, ['filter.status']],
    [{ filter: { lane: 'fast' } }, ['filter.lane']],
    [{ filter: {}, ratePerMinute: 0 }, ['ratePerMinute']],
    [{ filter: {}, ratePerMinute: 1.5 }, ['ratePerMinute']],
    [{ filter: {}, ratePerMinute: 60_001 }, ['ratePerMinute']],
    [{ filter: {}, dryRun: 'yes' }, ['dryRun']],
    [{ filter: {}, dryrun: true }, ['dryrun']],
  ])('%j is refused, and nothing is replayed', async (body, paths) => {
    expect(problemOf(await replayAll(body))).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.deadLetters.asked).toEqual([]);
  });
});

describe('a discard', () => {
  it('closes with its reason, and leaves a closed one alone', async () => {
    for (const reason of ['the%20site%20is%20gone', 'another']) {
      const reply = await discard(ids.acme, `?reason=${reason}`);
      expect([reply.status, reply.body]).toEqual([204, '']);
    }
    expect(gateway.deadLetters.deadLetters.get(ids.acme)).toMatchObject({
      status: 'discarded',
      closedBy: 'operator',
      closedReason: 'the site is gone',
    });
  });

  it.each([
    ['', 'reason'],
    ['?reason=', 'reason'],
    ['?reason=%20%20', 'reason'],
    [`?reason=${'x'.repeat(501)}`, 'reason'],
    ['?reason=a&reason=b', 'reason'],
    ['?reason=a%00', 'reason'],
    ['?reason=a&force=true', 'force'],
  ])('with "%s" is refused', async (query, path) => {
    expect(problemOf(await discard(ids.acme, query))).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      paths: [path],
    });
    expect(gateway.deadLetters.deadLetters.get(ids.acme)?.status).toBe('open');
  });

  it.each([
    ['1', 422],
    [UNKNOWN, 404],
  ])('of %s is a %i', async (id, status) => {
    expect(problemOf(await discard(id, '?reason=done')).status).toBe(status);
  });
});
