import { Lifecycle } from '@app/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TooManyStreams } from '../http/request-errors.js';
import { eventOf, FakeEvents } from '../testing/fake-events.js';
import { operationOf, Refusal } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';
import type { EventStream } from './event-stream.js';
import { EventStreams } from './event-streams.js';

const { id } = operationOf();
const EVENTS = `/v1/operations/${id}/events`;
const STREAM = { accept: 'text/event-stream' };

const idsOf = (text: string): string[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, found = '']) => found);
const tick = (ms = 250) => vi.advanceTimersByTimeAsync(ms);

/** What a client would have been sent since it last read. */
function textOf(stream: EventStream): string {
  const bytes: unknown = stream.read();
  return Buffer.isBuffer(bytes) ? bytes.toString() : '';
}

describe('events over HTTP', () => {
  let gateway: GatewayFixture;
  beforeEach(async () => {
    gateway = await GatewayFixture.start();
    gateway.events.add(id, eventOf(1, 'submitted', { action: 'create' }), eventOf(2, 'released'));
  });
  afterEach(() => gateway.stop());

  /** Reads a stream as it comes; ends with it. */
  async function follow(headers: Record<string, string> = {}, signal?: AbortSignal) {
    const response = await fetch(`${gateway.url}${EVENTS}`, {
      headers: { authorization: `Bearer ${KEY.acmeViewer}`, ...STREAM, ...headers },
      ...(signal && { signal }),
    });
    const received = { response, text: '', isOver: false };
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) received.text += decoder.decode(chunk);
      received.isOver = true;
    };
    return { received, done: read() };
  }

  it('are a list without that header', async () => {
    const reply = await gateway.call('GET', `${EVENTS}?limit=1`, { key: KEY.viewer });
    expect(reply.headers.get('content-type')).toMatch('application/json');
    expect(reply).toMatchObject({
      status: 200,
      body: { items: [{ id: '1', type: 'submitted', data: { action: 'create' } }], nextCursor: null },
    });
    expect(gateway.events.asked).toEqual([{ limit: 1, cursor: undefined }]);
  });

  it('are streamed as they come, until the operation has ended', async () => {
    const { received, done } = await follow();
    expect(received.response.status).toBe(200);
    expect(received.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(received.response.headers.get('cache-control')).toBe('no-store');
    await vi.waitFor(() => expect(idsOf(received.text)).toEqual(['1', '2']));
    expect(received.text).toContain('event: submitted\ndata: {"id":"1","type":"submitted"');
    gateway.events.add(id, eventOf(5, 'progress', { total: 3, succeeded: 1, failed: 0 }));
    await vi.waitFor(() => expect(idsOf(received.text)).toEqual(['1', '2', '5']));
    expect(received.isOver).toBe(false);
    gateway.events.over.add(id);
    gateway.events.add(id, eventOf(6, 'succeeded'));
    await done;
    expect(idsOf(received.text)).toEqual(['1', '2', '5', '6']);
    expect(gateway.app.get(EventStreams).size).toBe(0);
  });

  it('go on after the last one that the client knows', async () => {
    gateway.events.add(id, eventOf(30, 'failed'));
    gateway.events.over.add(id);
    const { received, done } = await follow({ 'last-event-id': '2' });
    await done;
    expect(idsOf(received.text)).toEqual(['30']);
    const again = await follow({ 'last-event-id': '30' });
    await again.done;
    expect(idsOf(again.received.text)).toEqual([]);
  });

  it('a client that goes away is followed for no longer', async () => {
    const gone = new AbortController();
    const { received, done } = await follow({}, gone.signal);
    await vi.waitFor(() => expect(idsOf(received.text)).toHaveLength(2));
    gone.abort();
    await expect(done).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(gateway.app.get(EventStreams).size).toBe(0));
  });

  it('streams end when the process stops', async () => {
    const { received, done } = await follow();
    await vi.waitFor(() => expect(idsOf(received.text)).toHaveLength(2));
    gateway.app.get(Lifecycle, { strict: false }).beginDrain();
    await done;
  });

  it.each(['x', '-1', '1.5', '1'.repeat(19)])('a last event called %s is refused', async (last) => {
    const headers = { ...STREAM, 'last-event-id': last };
    expect(problemOf(await gateway.call('GET', EVENTS, { headers }))).toMatchObject({
      status: 422,
      paths: ['Last-Event-ID'],
    });
  });

  it.each([STREAM, {}])('of another customer do not exist (%j)', async (headers) => {
    gateway.events.others.set(id, 'globex');
    const reply = await gateway.call('GET', EVENTS, { key: KEY.acmeAdmin, headers });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(gateway.app.get(EventStreams).size).toBe(0);
  });

  it('too many are a 429 that says when to come back', async () => {
    gateway.events.add(id, eventOf(3, 'claimed'));
    const streams = gateway.app.get(EventStreams);
    const holder = gateway.keys.callers.get(KEY.operator)?.id ?? '';
    const open = Array.from({ length: 200 }, () => streams.open({ operationId: id, after: '0', holder }));
    const reply = await gateway.call('GET', EVENTS, { headers: STREAM });
    expect(problemOf(reply)).toMatchObject({ status: 429, code: 'TOO_MANY_STREAMS' });
    expect(reply.headers.get('retry-after')).toBe('5');
    for (const stream of open) stream.destroy();
    await vi.waitFor(() => expect(streams.size).toBe(0));
  });
});

describe('following operations', () => {
  let events: FakeEvents;
  let streams: EventStreams;
  let lifecycle: Lifecycle;
  const open = (holder = 'a') => streams.open({ operationId: id, after: '0', holder });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    events = new FakeEvents();
    lifecycle = new Lifecycle();
    streams = new EventStreams(events, lifecycle);
  });
  afterEach(() => {
    lifecycle.beginDrain();
    vi.useRealTimers();
  });

  it('five hundred streams cost one look per tick', async () => {
    const all = Array.from({ length: 500 }, (_, index) => open(`holder-${index % 10}`));
    events.add(id, eventOf(1, 'submitted'));
    await tick();
    expect(events.looks).toBe(1);
    expect(all.every((stream) => textOf(stream).includes('id: 1\n'))).toBe(true);
  });

  it('a client that does not read is not asked for', async () => {
    const stream = open();
    events.add(id, ...Array.from({ length: 1_000 }, (_, index) => eventOf(index + 1, 'progress', { index })));
    await tick();
    events.add(id, eventOf(2_000, 'progress'));
    await tick();
    expect(events.looks).toBe(1);
    expect(textOf(stream)).not.toContain('id: 2000\n');
    await tick();
    await tick();
    expect(textOf(stream)).toContain('id: 2000\n');
  });

  it('says that it is still there when nothing happens', async () => {
    const stream = open();
    await tick();
    textOf(stream);
    await tick(15_000);
    expect(textOf(stream)).toContain(': still here\n\n');
  });

  it('outlives a database that is away', async () => {
    const stream = open();
    events.failure = new Refusal('DATABASE_UNAVAILABLE');
    await tick();
    events.failure = undefined;
    events.add(id, eventOf(1, 'submitted'));
    await tick();
    expect(textOf(stream)).toContain('id: 1\n');
  });

  it('no key can take all streams, and all keys together not more than there are', () => {
    for (let count = 0; count < 200; count += 1) open('greedy');
    expect(() => open('greedy')).toThrow(TooManyStreams);
    for (let count = 200; count < 2_000; count += 1) open(`holder-${count % 100}`);
    expect(() => open('late')).toThrow(TooManyStreams);
  });

  it('begins nothing when the process stops already', () => {
    lifecycle.beginDrain();
    const stream = open();
    expect(textOf(stream)).toBe('retry: 2000\n\n');
    expect(streams.size).toBe(0);
  });
});
