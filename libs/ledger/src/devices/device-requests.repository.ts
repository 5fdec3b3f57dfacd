import type { Device, DeviceResult, Lane, Operation, OperationAction, Page } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { decodeCursor, NAME_PATTERN, pageOf } from '../cursor.js';
import { Database, type Sql, type Transaction } from '../database/database.js';
import { NotFound, PreconditionFailed } from '../errors.js';
import { recordKey, reserveKey } from '../idempotency/idempotency.js';
import { releaseLane } from '../operations/dispatch.js';
import {
  OPERATION_COLUMNS,
  OPERATION_TABLES,
  viewOperation,
  type OperationRow,
} from '../operations/operation-view.js';
import { Outbox } from '../outbox/outbox.js';
import type { IdempotencyInput, Preconditions } from '../resources/site-requests.js';
import { Sealer } from '../sealing/sealer.js';
import {
  decideDeviceDelete,
  decideDevicePut,
  devicePhaseDuring,
  type DeviceFound,
} from './device-decision.js';
import type {
  CheckDevices,
  DeleteDevice,
  DeviceBatch,
  DeviceRequests,
  DeviceSubmitResult,
  PutDevice,
} from './device-requests.js';
import { deviceResults } from './device-results.js';
import { findDeviceSite, keepDeviceSite, lockDevices, type DeviceSite } from './device-site.js';
import { DEVICE_COLUMNS, DEVICE_TABLES, viewDevice, type DeviceRow } from './device-view.js';
import { submitDevices, type DeviceWish } from './submit-devices.js';

interface LockedDevice extends DeviceFound {
  id: string;
  name: string;
  spec: Record<string, unknown>;
}

type AnyRequest = Pick<PutDevice, 'customer' | 'site' | 'requester' | 'idempotency'>;

/** `$1` is the customer's name, `$2` the site's, `$3` the device's. */
const SELECT_DEVICE = `
  select ${DEVICE_COLUMNS} from ${DEVICE_TABLES}
  join customer c on c.id = r.customer_id join resource s on s.id = r.parent_id
  where c.name = $1 and c.deleted_at is null and s.kind = 'site' and s.parent_id is null and s.name = $2
    and s.deleted_at is null and s.customer_id = c.id and r.customer_id = c.id and r.kind = 'device' and r.name = $3
    and r.deleted_at is null`;

/** Accepts what clients ask of devices: revisions, operation and outbox row in one transaction. */
@Injectable()
export class DeviceRequestsRepository implements DeviceRequests {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly outbox: Outbox,
  ) {}

  async put(request: PutDevice): Promise<DeviceSubmitResult> {
    const { device: name, spec } = request;
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request, name);
      if (replay !== undefined) return replay;
      const { site, collectionId } = await this.lock(tx, request, 'device');
      const device = (await lockedDevices(tx, site, [name])).get(name);
      checkPreconditions(request.preconditions, device?.revision);
      const decision = decideDevicePut(device, device !== undefined && isSame(device.spec, spec));
      if (decision.kind === 'unchanged') {
        await this.remember(tx, request, null);
        return { kind: 'unchanged', device: await this.view(tx, request.customer, request.site, name) };
      }
      const id = device?.id ?? newId();
      return this.submit(tx, request, {
        site,
        lane: 'device',
        resourceId: id,
        collectionId,
        action: decision.action,
        wishes: [wishToPut(id, name, spec, device, decision)],
      });
    });
  }

  async delete(request: DeleteDevice): Promise<DeviceSubmitResult> {
    const { device: name } = request;
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request, name);
      if (replay !== undefined) return replay;
      const { site, collectionId } = await this.lock(tx, request, 'device');
      const device = (await lockedDevices(tx, site, [name])).get(name);
      if (device === undefined) throw new NotFound('device', name);
      checkPreconditions(request.preconditions, device.revision);
      const decision = decideDeviceDelete(device);
      if (decision.kind === 'under_way') {
        const operationId = await removalUnderWay(tx, device.id);
        await this.remember(tx, request, operationId);
        return { kind: 'accepted', operation: await this.operation(tx, operationId), isReplay: false };
      }
      return this.submit(tx, request, {
        site,
        lane: 'device',
        resourceId: device.id,
        collectionId,
        action: 'delete',
        wishes: [wishToDelete(device, decision.kind === 'forget')],
      });
    });
  }

  async batch(request: DeviceBatch): Promise<DeviceSubmitResult> {
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request, undefined);
      if (replay !== undefined) return replay;
      const { site, collectionId } = await this.lock(tx, request, 'bulk');
      const names = [...request.put.map(({ name }) => name), ...request.delete];
      const found = await lockedDevices(tx, site, names);
      const puts = request.put.map(({ name, spec }) => {
        const device = found.get(name);
        const decision = decideDevicePut(device, device !== undefined && isSame(device.spec, spec));
        const id = device?.id ?? newId();
        if (decision.kind === 'unchanged') return { ...unchanged(id, name, device), action: 'put' as const };
        return wishToPut(id, name, spec, device, decision);
      });
      const deletes = request.delete.flatMap((name) => {
        const device = found.get(name);
        // What is not there has been deleted already.
        if (device === undefined) return [];
        return [wishToDelete(device, decideDeviceDelete(device).kind === 'forget')];
      });
      return this.submit(tx, request, {
        site,
        lane: 'bulk',
        resourceId: collectionId,
        collectionId,
        action: 'update',
        wishes: [...puts, ...deletes],
      });
    });
  }

  async check(request: CheckDevices): Promise<DeviceSubmitResult | undefined> {
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request, request.device);
      if (replay !== undefined || request.device === undefined) return replay;
      const [device] = await tx.rows<DeviceRow>(SELECT_DEVICE, [
        request.customer,
        request.site,
        request.device,
      ]);
      checkPreconditions(request.preconditions, device?.revision);
      return undefined;
    });
  }

  async vendorOfSite(customer: string, site: string): Promise<string> {
    return (await findDeviceSite(this.database, customer, site)).vendor;
  }

  async get(customer: string, site: string, device: string): Promise<Device> {
    return this.view(this.database, customer, site, device);
  }

  async list(
    customer: string,
    site: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Device>> {
    const after = decodeCursor(page.cursor, NAME_PATTERN);
    const { siteId, customerId } = await findDeviceSite(this.database, customer, site);
    const rows = await this.database.rows<DeviceRow>(
      `select ${DEVICE_COLUMNS} from ${DEVICE_TABLES}
       where r.customer_id = $1 and r.kind = 'device' and r.parent_id = $2 and r.deleted_at is null and r.name > $3
       order by r.name limit $4`,
      [customerId, siteId, after ?? '', page.limit + 1],
    );
    return pageOf(rows, page.limit, {
      key: ({ name }) => name,
      view: (row) => viewDevice(row, customer, site),
    });
  }

  async results(operationId: string): Promise<DeviceResult[]> {
    return deviceResults(this.database, operationId);
  }

  private async lock(
    tx: Transaction,
    { customer, site: name }: AnyRequest,
    lane: Lane,
  ): Promise<{ site: DeviceSite; collectionId: string }> {
    const site = await keepDeviceSite(tx, customer, name);
    return { site, collectionId: await lockDevices(tx, site, name, lane) };
  }

  private async submit(
    tx: Transaction,
    request: AnyRequest,
    wanted: {
      site: DeviceSite;
      lane: Lane;
      resourceId: string;
      collectionId: string;
      action: OperationAction;
      wishes: readonly DeviceWish[];
    },
  ): Promise<DeviceSubmitResult> {
    const id = newId();
    await submitDevices(tx, {
      ...wanted,
      id,
      idempotencyKey: request.idempotency?.key ?? id,
      createdBy: request.requester.name,
    });
    await this.remember(tx, request, id);
    const { customerId, vendorAccountId } = wanted.site;
    const released = await releaseLane(tx, { customerId, vendorAccountId, lane: wanted.lane });
    if (released.length > 0) tx.afterCommit(() => this.outbox.poke());
    return { kind: 'accepted', operation: await this.operation(tx, id), isReplay: false };
  }

  /** What the request's idempotency key stands for, as it is now. */
  private async replay(
    tx: Transaction,
    { customer, site, requester, idempotency }: AnyRequest,
    device: string | undefined,
  ): Promise<DeviceSubmitResult | undefined> {
    if (idempotency === undefined) return undefined;
    const earlier = await reserveKey(tx, requester.apiKeyId, this.fingerprinted(idempotency));
    if (earlier === undefined) return undefined;
    if (earlier.operationId !== null) {
      return { kind: 'accepted', operation: await this.operation(tx, earlier.operationId), isReplay: true };
    }
    if (device === undefined) throw new Error('a batch always has an operation');
    return { kind: 'unchanged', device: await this.view(tx, customer, site, device) };
  }

  private async remember(
    tx: Transaction,
    { requester, idempotency }: AnyRequest,
    operationId: string | null,
  ): Promise<void> {
    if (idempotency === undefined) return;
    await recordKey(tx, requester.apiKeyId, this.fingerprinted(idempotency), operationId);
  }

  private fingerprinted({ key, requestHash }: IdempotencyInput): IdempotencyInput {
    return { key, requestHash: this.sealer.fingerprint(requestHash) };
  }

  private async operation(sql: Sql, id: string): Promise<Operation> {
    const [row] = await sql.rows<OperationRow>(
      `select ${OPERATION_COLUMNS} from ${OPERATION_TABLES} where o.id = $1`,
      [id],
    );
    if (row === undefined) throw new NotFound('operation', id);
    return viewOperation(row);
  }

  private async view(sql: Sql, customer: string, site: string, device: string): Promise<Device> {
    const [row] = await sql.rows<DeviceRow>(SELECT_DEVICE, [customer, site, device]);
    if (row === undefined) throw new NotFound('device', device);
    return viewDevice(row, customer, site);
  }
}

/** The devices of those names, locked in one order, whoever asks. */
async function lockedDevices(
  tx: Transaction,
  { customerId, siteId }: DeviceSite,
  names: readonly string[],
): Promise<Map<string, LockedDevice>> {
  const rows = await tx.rows<LockedDevice>(
    `select r.id, r.name, r.revision, r.applied_revision as "appliedRevision", r.is_wanted as "isWanted", r.phase,
       -- A round that has taken it may call the vendor at any moment.
       r.attempted_revision is not null or exists (
         select 1 from operation_item i join operation o on o.id = i.operation_id
         where i.resource_id = r.id and i.status = 'pending' and o.status = 'in_progress') as "hasReachedVendor",
       exists (select 1 from operation_item i where i.resource_id = r.id and i.status = 'pending') as "isUnderWay",
       v.spec
     from resource r join resource_revision v on v.resource_id = r.id and v.revision = r.revision
     where r.customer_id = $1 and r.kind = 'device' and r.parent_id = $2 and r.name = any($3::text[])
       and r.deleted_at is null
     order by r.id for update of r`,
    [customerId, siteId, names],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

async function removalUnderWay(tx: Transaction, deviceId: string): Promise<string> {
  const [row] = await tx.rows<{ id: string }>(
    `select i.operation_id as id from operation_item i join operation o on o.id = i.operation_id
     where i.resource_id = $1 and i.status = 'pending' and i.action = 'delete' order by o.sequence desc limit 1`,
    [deviceId],
  );
  if (row === undefined) throw new Error(`device ${deviceId} has no removal under way`);
  return row.id;
}

const wishToPut = (
  resourceId: string,
  name: string,
  spec: Record<string, unknown>,
  device: LockedDevice | undefined,
  {
    action,
    revision,
    isNewRevision,
  }: { action: 'create' | 'update'; revision: number; isNewRevision: boolean },
): DeviceWish => ({
  resourceId,
  name,
  action: 'put',
  isNew: device === undefined,
  isNewRevision,
  revision,
  spec,
  phase: devicePhaseDuring(action),
  isDone: false,
});

const wishToDelete = ({ id, name, revision, spec }: LockedDevice, isDone: boolean): DeviceWish => ({
  resourceId: id,
  name,
  action: 'delete',
  isNew: false,
  isNewRevision: false,
  revision,
  spec,
  phase: isDone ? 'deleted' : devicePhaseDuring('delete'),
  isDone,
});

/** Part of a batch that has nothing to do. */
function unchanged(resourceId: string, name: string, device: LockedDevice | undefined): DeviceWish {
  if (device === undefined) throw new Error(`device ${name} is not there`);
  const { revision, spec, phase, isUnderWay } = device;
  const isNew = false;
  return {
    resourceId,
    name,
    action: 'put',
    isNew,
    isNewRevision: false,
    revision,
    spec,
    phase,
    isDone: !isUnderWay,
  };
}

/** Key order says nothing. */
const isSame = (stored: unknown, given: unknown): boolean => canonical(stored) === canonical(given);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );

/** @throws PreconditionFailed */
function checkPreconditions({ ifRevision, mustNotExist }: Preconditions, revision: number | undefined): void {
  if (ifRevision !== undefined && ifRevision !== revision) throw new PreconditionFailed(revision ?? null);
  if (mustNotExist === true && revision !== undefined) throw new PreconditionFailed(revision);
}
