import type { IpsecSiteApi, LookupItem, SiteSnapshot } from './ipsec-site.api.js';
import type { IpsecModel, IpsecSiteModel, SiteLocationModel } from './ipsec-site.model.js';

const NAME_SEPARATOR = ' \\ ';
const NATIVE_RANGE = 'Native Range';

export interface Hydrated {
  readonly site: IpsecSiteModel;
  readonly exists: boolean;
}

/**
 * Reads a site back in four calls and lays what the vendor tells over what was known. Nothing below `ipsec` can
 * be read, so all of it is kept. A site the vendor does not show is returned as it was.
 */
export async function hydrateSite(
  api: IpsecSiteApi,
  known: IpsecSiteModel,
  siteId: string,
): Promise<Hydrated> {
  const items = await api.lookupSite(siteId);
  const entity = items.length === 1 ? items.find((item) => item.entity.id === siteId) : undefined;
  if (!entity) return { site: known, exists: false };
  const [snapshot] = await api.snapshots(siteId);
  if (!snapshot) return { site: known, exists: false };
  const range = nativeRangeOf(await api.lookupOfSite('siteRange', siteId));
  const interfaces = await api.lookupOfSite('networkInterface', siteId);
  const nativeInterface = interfaces.find((item) => String(item.helperFields?.['siteId']) === siteId);
  return {
    exists: true,
    site: {
      id: entity.entity.id,
      name: entity.entity.name ?? known.name,
      site_type: text(entity.helperFields?.['type']) ?? known.site_type,
      description: descriptionOf(entity, known.description),
      native_network_range: text(range?.helperFields?.['subnet']) ?? known.native_network_range,
      native_network_range_id: range?.entity.id ?? known.native_network_range_id,
      interface_id: nativeInterface?.entity.id ?? known.interface_id,
      site_location: locationOf(snapshot, known.site_location),
      ipsec: { ...EMPTY_IPSEC, ...known.ipsec, site_id: siteId },
    },
  };
}

/** Refused with an out-of-range error, as in the vendor's provider, when a name has fewer than three parts. */
export function nativeRangeIdAfterCreate(ranges: readonly LookupItem[]): string {
  let id = '';
  for (const { entity } of ranges) {
    const parts = (entity.name ?? '').split(NAME_SEPARATOR);
    const rangeName = parts[2];
    if (rangeName === undefined) throw new RangeError(`index out of range [2] with length ${parts.length}`);
    if (rangeName === NATIVE_RANGE) id = entity.id;
  }
  return id;
}

const EMPTY_IPSEC: Omit<IpsecModel, 'site_id'> = {
  primary: null,
  secondary: null,
  connection_mode: null,
  identification_type: null,
  init_message: null,
  auth_message: null,
  network_ranges: null,
};

function nativeRangeOf(ranges: readonly LookupItem[]): LookupItem | undefined {
  return ranges.find(({ entity }) => entity.name?.split(NAME_SEPARATOR)[2] === NATIVE_RANGE);
}

/** An empty description is read as none at all; one that is not told is kept. */
function descriptionOf({ helperFields }: LookupItem, known: string | null): string | null {
  const description = text(helperFields?.['description']);
  return description === undefined ? known : description || null;
}

function locationOf(
  { infoSiteSnapshot: info }: SiteSnapshot,
  known: SiteLocationModel | null,
): SiteLocationModel | null {
  if (!info) return known;
  return {
    country_code: info.countryCode || null,
    // The vendor tells the name of the state, not its code: a name means that the known code still holds.
    state_code: info.countryStateName ? (known?.state_code ?? null) : null,
    timezone: known?.timezone ?? null,
    address: known?.address ?? null,
    city: info.cityName || null,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
