import type { FieldError, Site } from '@app/contracts';
import type { PutSite } from '@app/ledger';
import type { Vendor } from '@app/vendors';
import { UnsupportedForVendor, ValidationFailed } from '../http/request-errors.js';
import { validated } from '../http/validate.js';

type Json = Record<string, unknown>;

/** What a site wants, without its secrets. */
type VisibleSite = Pick<Site, 'spec'>;

/** A site's spec after the edit of one tunnel, and where that tunnel stands in it. */
export interface TunnelEdit {
  spec: Json;
  index: number;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The tunnels of a spec; a vendor whose sites have none has nothing to edit. */
const tunnelsOf = (spec: Json): Json[] =>
  Array.isArray(spec['tunnels']) ? spec['tunnels'].filter(isObject) : [];

const indexOf = (spec: Json, name: string): number =>
  tunnelsOf(spec).findIndex((tunnel) => tunnel['name'] === name);

export const hasTunnel = ({ spec }: VisibleSite, name: string): boolean => indexOf(spec, name) >= 0;

/** An error's path in the whole spec as the path in the tunnel at that index, which is what the client sent. */
const relative = (index: number, { path, message }: FieldError): FieldError => {
  const prefix = `tunnels.${index}.`;
  return { path: path.startsWith(prefix) ? path.slice(prefix.length) : path, message };
};

function namedTunnel(vendor: Vendor, name: string, body: unknown): Json {
  if (!isObject(body)) throw new ValidationFailed([{ path: '', message: 'must be a JSON object' }]);
  const { name: given = name } = body;
  if (given !== name) {
    throw new ValidationFailed([
      { path: 'name', message: `must be left out or be ${name}, as in the address` },
    ]);
  }
  if (vendor.site.tunnel === undefined) throw new UnsupportedForVendor(vendor.id, 'tunnels');
  return validated(vendor.site.tunnel, { ...body, name });
}

/**
 * Puts a tunnel into a site, in the place of the one of that name or at the end. The whole is validated with the
 * tunnel in the last place, because rules between tunnels blame the later one.
 */
export function withTunnel(vendor: Vendor, { spec }: VisibleSite, name: string, body: unknown): TunnelEdit {
  const tunnel = namedTunnel(vendor, name, body);
  const others = tunnelsOf(spec).filter((other) => other['name'] !== name);
  const index = hasTunnel({ spec }, name) ? indexOf(spec, name) : others.length;
  try {
    const whole = validated(vendor.site.spec, { ...spec, tunnels: [...others, tunnel] });
    const tunnels = tunnelsOf(whole);
    const edited = tunnels.splice(others.length, 1);
    return { spec: { ...whole, tunnels: tunnels.toSpliced(index, 0, ...edited) }, index };
  } catch (error) {
    if (!(error instanceof ValidationFailed)) throw error;
    throw new ValidationFailed(error.errors.map((fault) => relative(others.length, fault)));
  }
}

/** Takes a tunnel out of a site. */
export function withoutTunnel(vendor: Vendor, { spec }: VisibleSite, name: string): Json {
  const tunnels = tunnelsOf(spec).filter((tunnel) => tunnel['name'] !== name);
  return validated(vendor.site.spec, { ...spec, tunnels });
}

/** The request with its faults named by the fields of the edited tunnel. */
export const namedByTunnel = (request: PutSite, index: number): PutSite => ({
  ...request,
  secrets: request.secrets.map((secret) => ({
    ...secret,
    path: relative(index, { path: secret.path, message: '' }).path,
  })),
  unsupportedChange: (before) => {
    const fault = request.unsupportedChange(before);
    return fault && relative(index, fault);
  },
});
