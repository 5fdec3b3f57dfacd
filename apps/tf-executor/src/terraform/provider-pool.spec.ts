import { describe, expect, it } from 'vitest';
import { ProviderNotStarted, ProviderPool } from './provider-pool.js';
import type { ProcessEnd } from './supervisor-protocol.js';
import type { ProcessRequest, SupervisedProcess } from './supervisor.js';

const reattachOf = (n: number): string => JSON.stringify({ 'registry.terraform.io/x/y': { Pid: n } });

/** Stands in for the supervisor: its providers say their handshake, or what they are told to. */
class FakeSupervisor {
  readonly requests: ProcessRequest[] = [];
  readonly ended: number[] = [];
  readonly #ends: ((end: ProcessEnd) => void)[] = [];
  greeting = (n: number): string[] => ['Provider started.\n\tTF_REATTACH_PRO', `VIDERS='${reattachOf(n)}'\n`];

  spawn = (
    request: ProcessRequest,
    onOutput: (text: string) => void = () => {},
  ): Promise<SupervisedProcess> => {
    const n = this.requests.push(request);
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
    this.#ends[n] = resolve;
    for (const text of this.greeting(n)) queueMicrotask(() => onOutput(text));
    return Promise.resolve({
      pid: n,
      ended: promise,
      interrupt: () => {},
      end: () => {
        this.ended.push(n);
        resolve({ code: 0, signal: null });
      },
    });
  };

  crash(n: number): void {
    this.#ends[n]?.({ code: 2, signal: null });
  }
}

const binary = { source: 'registry.terraform.io/x/y', command: '/mirror/terraform-provider-y' };
const pool = (supervisor: FakeSupervisor, maxRuns = 100) =>
  new ProviderPool({ supervisor, maxRuns, cwd: '/', env: { PATH: '/bin' } });

describe('the pool of warm providers', () => {
  it('starts a provider with an environment that names no customer', async () => {
    const supervisor = new FakeSupervisor();
    const lease = await pool(supervisor).lease(binary, { DISABLE_POLICY_RULE_CLEANUP: 'true' });
    expect(lease.reattach).toBe(reattachOf(1));
    expect(supervisor.requests).toEqual([
      {
        kind: 'provider',
        command: binary.command,
        args: ['-debug'],
        cwd: '/',
        env: { PATH: '/bin', DISABLE_POLICY_RULE_CLEANUP: 'true' },
        outputFile: null,
      },
    ]);
  });

  it('lends a provider to one run at a time, and again when it is back', async () => {
    const supervisor = new FakeSupervisor();
    const providers = pool(supervisor);
    const [first, second] = await Promise.all([providers.lease(binary, {}), providers.lease(binary, {})]);
    expect(first.reattach).not.toBe(second.reattach);
    first.release(true);
    expect((await providers.lease(binary, {})).reattach).toBe(first.reattach);
    expect(supervisor.requests).toHaveLength(2);
  });

  it.each([
    ['after so many runs', 1, true],
    ['after a run that did not end by itself', 100, false],
  ])('replaces a provider %s', async (_when, maxRuns, isReusable) => {
    const supervisor = new FakeSupervisor();
    const providers = pool(supervisor, maxRuns);
    (await providers.lease(binary, {})).release(isReusable);
    expect(supervisor.ended).toEqual([1]);
    expect((await providers.lease(binary, {})).reattach).toBe(reattachOf(2));
  });

  it('does not lend a provider that has died meanwhile', async () => {
    const supervisor = new FakeSupervisor();
    const providers = pool(supervisor);
    (await providers.lease(binary, {})).release(true);
    supervisor.crash(1);
    await Promise.resolve();
    expect((await providers.lease(binary, {})).reattach).toBe(reattachOf(2));
  });

  it('says when a provider cannot be started, and tries again', async () => {
    const supervisor = new FakeSupervisor();
    const greeting = supervisor.greeting;
    supervisor.greeting = (n) => {
      queueMicrotask(() => supervisor.crash(n));
      return ['cannot open shared object file\n'];
    };
    const providers = pool(supervisor);
    await expect(providers.lease(binary, {})).rejects.toBeInstanceOf(ProviderNotStarted);
    supervisor.greeting = greeting;
    expect((await providers.lease(binary, {})).reattach).toBe(reattachOf(2));
  });

  it('ends all providers when it is closed', async () => {
    const supervisor = new FakeSupervisor();
    const providers = pool(supervisor);
    const lease = await providers.lease(binary, {});
    await providers.lease(binary, {});
    lease.release(true);
    await providers.close();
    expect(new Set(supervisor.ended)).toEqual(new Set([1, 2]));
  });
});
