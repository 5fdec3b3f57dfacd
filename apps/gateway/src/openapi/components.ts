import * as contracts from '@app/contracts';
import type { Vendor } from '@app/vendors';
import { z } from 'zod';
import type { VendorCatalogue } from '../sites/vendor-catalogue.js';
import { vendorAccountSpec } from '../vendor-accounts/vendor-account-spec.js';
import { component, openApiSchema, type JsonSchema } from './json-schema.js';

export type Components = Record<string, JsonSchema>;

/** A list that is answered whole. */
const listOf = (item: z.ZodType, id: string) => z.object({ items: z.array(item) }).meta({ id });

/** What clients send; a field with a default may be left out. */
const INPUTS: readonly z.ZodType[] = [
  contracts.CustomerSpec,
  contracts.ApiKeySpec,
  contracts.DeadLetterReplay,
];

/** What clients are sent. */
const OUTPUTS: readonly z.ZodType[] = [
  contracts.ApiKey,
  contracts.CreatedApiKey,
  contracts.Customer,
  contracts.DeadLetter,
  contracts.DeadLetterReplayReport,
  contracts.Device,
  contracts.Operation,
  contracts.OperationEvent,
  contracts.Problem,
  contracts.Site,
  contracts.VendorAccount,
  contracts.pageOf(contracts.ApiKey, 'ApiKeyPage'),
  contracts.pageOf(contracts.AuditEntry, 'AuditPage'),
  contracts.pageOf(contracts.Customer, 'CustomerPage'),
  contracts.pageOf(contracts.DeadLetter, 'DeadLetterPage'),
  contracts.pageOf(contracts.Device, 'DevicePage'),
  contracts.pageOf(contracts.Operation, 'OperationPage'),
  contracts.pageOf(contracts.OperationEvent, 'OperationEventPage'),
  contracts.pageOf(contracts.Site, 'SitePage'),
  contracts.pageOf(contracts.VendorStatus, 'VendorPage'),
  listOf(contracts.OperationRun, 'OperationRunList'),
  listOf(contracts.Worker, 'WorkerList'),
];

const pascalCase = (id: string): string =>
  id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

function add(into: Components, name: string, schema: z.ZodType, io: 'input' | 'output'): void {
  const { schema: own, definitions } = openApiSchema(schema, io);
  Object.assign(into, definitions);
  into[name] ??= own;
}

const idOf = (schema: z.ZodType): string => {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error('a schema of the document has no id');
  return id;
};

/** The tunnel as the body of its own address, which names it already. */
function tunnelEdit(tunnel: JsonSchema): JsonSchema {
  const required = Array.isArray(tunnel['required']) ? tunnel['required'] : [];
  return { ...tunnel, required: required.filter((field) => field !== 'name') };
}

interface VendorComponents {
  vendor: Vendor;
  site: string;
  tunnel: string | undefined;
  device: string | undefined;
  account: string;
}

function addVendor(into: Components, vendor: Vendor): VendorComponents {
  const { tunnel } = vendor.site;
  const device = vendor.devices?.spec;
  const names = {
    vendor,
    site: idOf(vendor.site.spec),
    tunnel: tunnel && `${idOf(tunnel)}Edit`,
    device: device && idOf(device),
    account: `${pascalCase(vendor.id)}VendorAccountSpec`,
  };
  add(into, names.site, vendor.site.spec, 'input');
  if (tunnel !== undefined && names.tunnel !== undefined) {
    add(into, idOf(tunnel), tunnel, 'input');
    into[names.tunnel] = tunnelEdit(into[idOf(tunnel)] ?? {});
  }
  if (device !== undefined && names.device !== undefined) add(into, names.device, device, 'input');
  add(into, names.account, vendorAccountSpec(vendor, { isSandbox: false }), 'input');
  return names;
}

/** A resource, where a mutation had nothing to change. */
const unchanged = (resource: string): JsonSchema => ({
  allOf: [
    component(resource),
    { type: 'object', properties: { changed: { const: false } }, required: ['changed'] },
  ],
});

function addDevices(into: Components, specs: readonly string[]): void {
  into['DeviceSpec'] = {
    description: "As the site's vendor wants it.",
    anyOf: specs.map((spec) => component(spec)),
  };
  const named = { type: 'object', properties: { name: component('Name') }, required: ['name'] };
  into['DeviceBatch'] = {
    type: 'object',
    description: `1 to ${contracts.MAX_BATCH} devices, each name once.`,
    properties: {
      put: {
        type: 'array',
        maxItems: contracts.MAX_BATCH,
        description: 'A `DeviceSpec` each, with the name of the device.',
        items: named,
      },
      delete: { type: 'array', maxItems: contracts.MAX_BATCH, items: component('Name') },
    },
    additionalProperties: false,
  };
  into['UnchangedDevice'] = unchanged('Device');
  into['DeviceMutationResult'] = { oneOf: [component('Operation'), component('UnchangedDevice')] };
}

/** The schemas of the document: the contracts, and what each vendor of the catalogue asks for. */
export function components(catalogue: VendorCatalogue): Components {
  const all: Components = {};
  for (const schema of INPUTS) add(all, idOf(schema), schema, 'input');
  for (const schema of OUTPUTS) add(all, idOf(schema), schema, 'output');
  const vendors = [...catalogue.values()].map((vendor) => addVendor(all, vendor));
  all['SiteSpec'] = {
    oneOf: vendors.map(({ site }) => component(site)),
    discriminator: {
      propertyName: 'vendor',
      mapping: Object.fromEntries(vendors.map(({ vendor, site }) => [vendor.id, component(site).$ref])),
    },
  };
  all['TunnelEdit'] = {
    description: "As the site's vendor wants it.",
    oneOf: vendors.flatMap(({ tunnel }) => (tunnel === undefined ? [] : [component(tunnel)])),
  };
  addDevices(
    all,
    vendors.flatMap(({ device }) => device ?? []),
  );
  all['VendorAccountSpec'] = {
    description: 'As the vendor in the address wants it.',
    oneOf: vendors.map(({ account }) => component(account)),
  };
  all['UnchangedSite'] = unchanged('Site');
  all['MutationResult'] = { oneOf: [component('Operation'), component('UnchangedSite')] };
  return Object.fromEntries(Object.entries(all).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
