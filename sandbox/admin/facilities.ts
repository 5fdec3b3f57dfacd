import { CallLog } from './call-log.js';
import { SandboxClock, type ClockOptions } from './clock.js';
import { Exchange } from './exchange.js';
import { FaultRules } from './fault-rules.js';
import { HeldCalls } from './held-calls.js';
import { Latency } from './latency.js';
import { Tokens } from './tokens.js';

/** What all vendors' simulators share, and the admin API steers. */
export interface Facilities {
  clock: SandboxClock;
  calls: CallLog;
  tokens: Tokens;
  faults: FaultRules;
  held: HeldCalls;
  latency: Latency;
  exchange: Exchange;
  reset(): void;
}

export function createFacilities(clockOptions: ClockOptions = {}): Facilities {
  const clock = new SandboxClock(clockOptions);
  const calls = new CallLog(() => clock.now());
  const tokens = new Tokens();
  const faults = new FaultRules();
  const held = new HeldCalls();
  const latency = new Latency();
  const exchange = new Exchange(faults, held, latency);
  const reset = (): void => {
    faults.clear();
    held.releaseAll();
    calls.reset();
    tokens.reset();
    latency.reset();
    clock.reset();
  };
  return { clock, calls, tokens, faults, held, latency, exchange, reset };
}
