import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { OutOfBudget } from '@app/ledger';
import { VendorFaultError, type CallMeter } from '@app/vendors';
import { afterEach, describe, expect, it } from 'vitest';
import { MeteringProxy, type RunToMeter } from './metering-proxy.js';

const proxies: MeteringProxy[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function vendor(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/api/v1/graphql`;
}

async function open(baseUrl: string, run: Partial<RunToMeter> = {}, patienceMs = 1_000) {
  const proxy = new MeteringProxy({ patienceMs });
  proxies.push(proxy);
  return proxy.open({
    baseUrl,
    calls: { operationsOf: () => ['read'], refusal: () => undefined },
    meter: recording().meter,
    ...run,
  });
}

function recording() {
  const seen: string[] = [];
  const faults: unknown[] = [];
  const meter: CallMeter = {
    call: async (operation, make) => {
      seen.push(operation);
      try {
        return await make();
      } catch (error) {
        faults.push(error);
        throw error;
      }
    },
  };
  return { seen, faults, meter };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request as AsyncIterable<Buffer>) text += piece.toString('utf8');
  return text;
}

const post = (url: string, body = '{"query":"{ a }"}', headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers });

describe('the metering proxy', () => {
  it('passes a call on as it is, and its answer back', async () => {
    let got: { url: string | undefined; headers: IncomingMessage['headers']; body: string } | undefined;
    const create = async (request: IncomingMessage, response: ServerResponse) => {
      got = { url: request.url, headers: request.headers, body: await textOf(request) };
      response.writeHead(201, { Trace_id: 'trace', 'content-type': 'application/json' });
      response.end('{"data":{}}');
    };
    const baseUrl = await vendor((request, response) => void create(request, response));
    const { seen, meter } = recording();
    const run = await open(baseUrl, { meter });
    const answer = await post(`${run.baseUrl}?a=1`, 'body', {
      'x-api-key': 'key',
      'user-agent': 'cato-terraform',
    });
    expect([answer.status, answer.headers.get('trace_id'), await answer.text()]).toEqual([
      201,
      'trace',
      '{"data":{}}',
    ]);
    expect(got).toMatchObject({
      url: '/api/v1/graphql?a=1',
      body: 'body',
      headers: { 'x-api-key': 'key', 'user-agent': 'cato-terraform', host: new URL(baseUrl).host },
    });
    expect(Object.keys(got?.headers ?? {}).filter((name) => /forwarded|via/.test(name))).toEqual([]);
    expect(seen).toEqual(['read']);
  });

  it('counts every operation of a request', async () => {
    const baseUrl = await vendor((_request, response) => response.end());
    const { seen, meter } = recording();
    const run = await open(baseUrl, {
      meter,
      calls: { operationsOf: () => ['a', 'b'], refusal: () => undefined },
    });
    await post(run.baseUrl);
    expect(seen).toEqual(['a', 'b']);
  });

  it('knows a run by its token alone, and only until it ends', async () => {
    let calls = 0;
    const baseUrl = await vendor((_request, response) => {
      calls += 1;
      response.end();
    });
    const run = await open(baseUrl);
    expect((await post(run.baseUrl.replace(run.token, `${run.token}x`))).status).toBe(404);
    run.close();
    expect((await post(run.baseUrl)).status).toBe(404);
    expect(calls).toBe(0);
  });

  it('waits for budget that comes soon', async () => {
    const baseUrl = await vendor((_request, response) => response.end('yes'));
    let tries = 0;
    const meter: CallMeter = {
      call: async (operation, make) => {
        tries += 1;
        if (tries < 3) throw new OutOfBudget(operation, 20);
        return make();
      },
    };
    const run = await open(baseUrl, { meter });
    expect(await (await post(run.baseUrl)).text()).toBe('yes');
    expect(tries).toBe(3);
  });

  it('says like the vendor how long to wait for budget that does not', async () => {
    const baseUrl = await vendor((_request, response) => response.end());
    const meter: CallMeter = { call: (operation) => Promise.reject(new OutOfBudget(operation, 41_500)) };
    const run = await open(baseUrl, { meter });
    const answer = await post(run.baseUrl);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '42']);
  });

  it('tells the budget of a refusal and passes it on', async () => {
    const baseUrl = await vendor((_request, response) => {
      response.writeHead(429, { 'retry-after': '3' });
      response.end('slow down');
    });
    const { faults, meter } = recording();
    const run = await open(baseUrl, {
      meter,
      calls: {
        operationsOf: () => ['read'],
        refusal: ({ status, retryAfter }) => ({ retryAfterMs: status * Number(retryAfter) }),
      },
    });
    const answer = await post(run.baseUrl);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      429,
      '3',
      'slow down',
    ]);
    await expect.poll(() => faults).toHaveLength(1);
    expect(faults[0]).toBeInstanceOf(VendorFaultError);
    expect(faults[0]).toMatchObject({ fault: { code: 'VENDOR_RATE_LIMITED', retryAfterMs: 1_287 } });
  });

  it('breaks the connection where the vendor breaks it', async () => {
    const baseUrl = await vendor((request) => request.socket.destroy());
    const run = await open(baseUrl);
    await expect(post(run.baseUrl)).rejects.toThrow('fetch failed');
  });

  it('streams what is larger than memory should hold', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const baseUrl = await vendor((_request, response) => {
      let left = 80;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const run = await open(baseUrl);
    const answer = await post(run.baseUrl);
    expect((await answer.arrayBuffer()).byteLength).toBe(80 * 65_536);
  });

  it('ends the calls of a run with it', async () => {
    let closed = false;
    let arrived = false;
    const baseUrl = await vendor((request) => {
      arrived = true;
      request.socket.on('close', () => {
        closed = true;
      });
    });
    const run = await open(baseUrl);
    const failed = post(run.baseUrl).catch((error: unknown) => error);
    await expect.poll(() => arrived).toBe(true);
    run.close();
    expect(await failed).toBeInstanceOf(TypeError);
    await expect.poll(() => closed).toBe(true);
  });
});
