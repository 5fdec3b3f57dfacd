import type { RunningSimulators } from '../../sandbox/simulators.js';
import { startSimulators } from '../../sandbox/simulators.js';

export interface CallReport {
  readonly refused: number;
  readonly unauthorized: number;
  readonly mismatched: number;
  readonly accounts: readonly {
    readonly account: string;
    readonly operations: Readonly<Record<string, { readonly calls: number }>>;
    readonly documents: Readonly<Record<string, number>>;
    readonly tokens: Readonly<Record<string, unknown>>;
  }[];
}

export interface CatoObjects {
  readonly sites: readonly { readonly name: string; readonly description: string }[];
  readonly bgpPeers: readonly unknown[];
}

/** The vendor's simulator with its admin API, strict and without patience for anything its schema lacks. */
export class SimulatedCato {
  private constructor(private readonly simulators: RunningSimulators) {}

  get url(): string {
    return this.simulators.vendors['cato'] ?? '';
  }

  close(): Promise<void> {
    return this.simulators.close();
  }

  static async start(): Promise<SimulatedCato> {
    const simulators = await startSimulators();
    const cato = new SimulatedCato(simulators);
    await cato.post('/settings', { strict: true });
    return cato;
  }

  /** Whatever the admin API takes; the vendor is always this one. */
  async post(path: string, body: object = {}): Promise<void> {
    const response = await fetch(this.simulators.adminUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(path === '/reset' ? body : { vendor: 'cato', ...body }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  }

  async calls(account: string, wait: Readonly<Record<string, string>> = {}): Promise<CallReport> {
    const query = new URLSearchParams({ vendor: 'cato', account, ...wait });
    const response = await fetch(`${this.simulators.adminUrl}/calls?${query.toString()}`);
    const report: CallReport = JSON.parse(await response.text());
    return report;
  }

  /** How often each GraphQL field was called in the meantime. */
  async countsOf(account: string, action: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await this.#counts(account);
    await action();
    const after = await this.#counts(account);
    return Object.fromEntries(
      Object.entries(after)
        .map(([name, calls]): [string, number] => [name, calls - (before[name] ?? 0)])
        .filter(([, calls]) => calls > 0),
    );
  }

  async objects(account: string): Promise<CatoObjects> {
    const query = new URLSearchParams({ vendor: 'cato', account });
    const response = await fetch(`${this.simulators.adminUrl}/objects?${query.toString()}`);
    const { objects }: { objects: CatoObjects } = JSON.parse(await response.text());
    return objects;
  }

  async #counts(account: string): Promise<Record<string, number>> {
    const { accounts } = await this.calls(account);
    return Object.fromEntries(
      Object.entries(accounts[0]?.operations ?? {}).map(([name, { calls }]) => [name, calls]),
    );
  }
}
