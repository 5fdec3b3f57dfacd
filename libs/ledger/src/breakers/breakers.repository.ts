import type { Lane } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { lockLane, releaseLane } from '../operations/dispatch.js';
import { Outbox } from '../outbox/outbox.js';
import {
  FAMILY_OF_LANE,
  type Admission,
  type Breaker,
  type BreakerOpening,
  type BreakerStore,
  type EndpointFamily,
  type Endpoints,
} from './breakers.js';

/** A closed breaker is shown for so long. */
const SHOWN_HOURS = 1;
/** A little later than the probe is released, so that who comes back meets its outcome. */
const AFTER_PROBE_MS = 100;

const lanesOf = (family: EndpointFamily): Lane[] =>
  (['bulk', 'device', 'drift', 'site'] as const).filter((lane) => FAMILY_OF_LANE[lane] === family);

/** Which vendors count as down, for all workers together. */
@Injectable()
export class BreakersRepository implements BreakerStore {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  async breakers(vendorAccountIds?: readonly string[]): Promise<Breaker[]> {
    return this.database.rows<Breaker>(
      `${BREAKERS}
       where (b.state <> 'closed' or b.since > now() - make_interval(hours => $1))
         and ($2::uuid[] is null or b.vendor_account_id = any($2))
       order by b.vendor_account_id, b.family`,
      [SHOWN_HOURS, vendorAccountIds ?? null],
    );
  }

  /** All that are not closed are counted; of them, those that are so longest. */
  async notClosed(limit: number): Promise<{ count: number; longest: Breaker[] }> {
    const [[counted], longest] = await Promise.all([
      this.database.rows<{ count: number }>(
        `select count(*)::int as count from vendor_breaker where state <> 'closed'`,
      ),
      this.database.rows<Breaker>(
        `${BREAKERS}
         where b.state <> 'closed' order by b.since, b.vendor_account_id, b.family limit $1`,
        [limit],
      ),
    ]);
    return { count: counted?.count ?? 0, longest };
  }

  async admission(
    { vendorAccountId, family }: Endpoints,
    operationIds: readonly string[],
  ): Promise<Admission> {
    const [row] = await this.database.rows<{ isProbe: boolean; waitMs: number }>(
      `select state = 'half_open' and probe_operation_id = any($3::uuid[]) as "isProbe",
         ${WAIT_MS} as "waitMs"
       from vendor_breaker where vendor_account_id = $1 and family = $2 and state <> 'closed'`,
      [vendorAccountId, family, operationIds],
    );
    if (row === undefined) return { kind: 'closed' };
    return row.isProbe ? { kind: 'probe' } : { kind: 'refused', waitMs: row.waitMs };
  }

  async open(
    { vendorAccountId, family }: Endpoints,
    { error, wasProbe, probeAfterMs, longestWaitMs }: BreakerOpening,
  ): Promise<{ waitMs: number; hasOpened: boolean }> {
    return this.database.transaction(async (tx) => {
      // One that is open stays as it is: what fails behind it tells nothing new.
      const opened = await tx.rows(
        `insert into vendor_breaker as b (vendor_account_id, family, state, probe_at, probe_wait_ms, error)
         values ($1, $2, 'open', clock_timestamp() + make_interval(secs => $4::float8 / 1000), $4, $3)
         on conflict (vendor_account_id, family) do update set state = 'open', error = excluded.error,
           since = clock_timestamp(), probe_operation_id = null,
           failed_probes = case when b.state = 'closed' then 0 else b.failed_probes + 1 end,
           probe_wait_ms = case when b.state = 'closed' then excluded.probe_wait_ms else least(b.probe_wait_ms * 2, $6) end,
           probe_at = clock_timestamp() + make_interval(secs =>
             case when b.state = 'closed' then excluded.probe_wait_ms else least(b.probe_wait_ms * 2, $6) end / 1000)
         where b.state = 'closed' or (b.state = 'half_open' and $5)
         returning 1`,
        [vendorAccountId, family, JSON.stringify(error), probeAfterMs, wasProbe, longestWaitMs],
      );
      const [row] = await tx.rows<{ waitMs: number }>(
        `select ${WAIT_MS} as "waitMs" from vendor_breaker where vendor_account_id = $1 and family = $2`,
        [vendorAccountId, family],
      );
      return { waitMs: row?.waitMs ?? probeAfterMs, hasOpened: opened.length > 0 };
    });
  }

  async close({ vendorAccountId, family }: Endpoints): Promise<boolean> {
    const [closed] = await this.database.rows<{ customerId: string }>(
      `update vendor_breaker b set state = 'closed', since = clock_timestamp(), probe_operation_id = null, failed_probes = 0
       from vendor_account a
       where b.vendor_account_id = $1 and b.family = $2 and b.state <> 'closed' and a.id = b.vendor_account_id
       returning a.customer_id as "customerId"`,
      [vendorAccountId, family],
    );
    if (closed === undefined) return false;
    for (const lane of lanesOf(family)) {
      const key = { customerId: closed.customerId, vendorAccountId, lane };
      await this.database.rows(
        `update operation set release_at = clock_timestamp()
         where customer_id = $1 and vendor_account_id = $2 and lane = $3 and status = 'pending' and released_at is null
           and waiting_for = 'breaker'`,
        [key.customerId, key.vendorAccountId, key.lane],
      );
      await this.database.transaction(async (tx) => {
        await lockLane(tx, key);
        if ((await releaseLane(tx, key)).length > 0) tx.afterCommit(() => this.outbox.poke());
      });
    }
    return true;
  }
}

const BREAKERS = `
  select b.vendor_account_id as "vendorAccountId", b.family, a.vendor, a.account_id as "accountId", b.state, b.since,
    case when b.state <> 'closed' then b.probe_at end as "probeAt", b.failed_probes as "failedProbes", b.error
  from vendor_breaker b join vendor_account a on a.id = b.vendor_account_id`;

const WAIT_MS = `greatest(extract(epoch from probe_at - clock_timestamp()) * 1000, 0)::float8 + ${AFTER_PROBE_MS}`;
