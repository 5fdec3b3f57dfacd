import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { Lifecycle } from '../app/lifecycle.js';
import { Broker, type BrokerState } from '../messaging/broker.js';
import { brokerVerdict } from './broker-health.js';
import { HealthDetails } from './health-details.js';
import { HEALTH_OPTIONS, type HealthOptions, type HealthProbe } from './health.options.js';

const PROBE_TIMEOUT_MS = 1_000;
const PROBE_CACHE_MS = 2_000;

export interface HealthAnswer {
  isUp: boolean;
  body: string | object;
}

@Injectable()
export class HealthService {
  readonly #options: HealthOptions;
  readonly #details: HealthDetails;

  constructor(
    @Inject(HEALTH_OPTIONS) options: HealthOptions,
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
    private readonly broker: Broker,
  ) {
    this.#options = options;
    this.#details = new HealthDetails(options.details ?? {}, {
      patienceMs: PROBE_TIMEOUT_MS,
      freshMs: PROBE_CACHE_MS,
    });
  }

  /**
   * Nothing external: a broker that restarts must not restart every process. Nor by terminus, which says 503
   * to everything during a shutdown: a process that drains is alive.
   */
  live(): HealthAnswer {
    return { isUp: true, body: { status: 'ok', info: {}, error: {}, details: {} } };
  }

  started(): Promise<HealthAnswer> {
    return this.#check([
      () => {
        const check = this.indicators.check('startup');
        return this.lifecycle.isStarted ? check.up() : check.down('starting');
      },
    ]);
  }

  ready(): Promise<HealthAnswer> {
    const probes = {
      ...(this.#options.database && { database: this.#options.database }),
      ...this.#options.probes,
    };
    return this.#check([
      () => this.#process(),
      ...Object.entries(probes).map(([name, probe]) => this.#probe(name, probe)),
      () => this.#broker(),
    ]);
  }

  async brokerDetail(): Promise<BrokerState & { details: Record<string, unknown> }> {
    return { ...this.broker.state, details: await this.#details.read() };
  }

  #process() {
    const check = this.indicators.check('process');
    if (this.lifecycle.isDraining) return check.down('draining');
    return this.lifecycle.isStarted ? check.up() : check.down('starting');
  }

  /** A driver's error text can hold a connection URL, so it is not repeated to the world. */
  #probe(name: string, probe: HealthProbe): HealthIndicatorFunction {
    return async () =>
      this.indicators
        .check(name)
        .attempt(async ({ signal }) => {
          try {
            await probe(signal);
          } catch {
            throw new Error(signal.aborted ? 'no answer in time' : 'not available');
          }
        })
        .withTimeout(PROBE_TIMEOUT_MS)
        .cacheFor(PROBE_CACHE_MS);
  }

  #broker() {
    const check = this.indicators.check('broker');
    const { isHealthy, facts } = brokerVerdict(this.broker.state);
    if (isHealthy) return check.up(facts);
    return this.#options.brokerAway === 'degraded' ? check.degraded(facts) : check.down(facts);
  }

  /** Terminus throws what is not well; a probe wants the same body with another status. */
  async #check(indicators: HealthIndicatorFunction[]): Promise<HealthAnswer> {
    try {
      return { isUp: true, body: await this.checks.check(indicators) };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { isUp: false, body: error.getResponse() };
    }
  }
}
