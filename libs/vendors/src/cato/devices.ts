import { z } from 'zod';
import type { DeviceProgramming, DeviceResult, DeviceRound, WantedDevice } from '../devices.js';
import type { VendorFault } from '../faults.js';
import type { DeviceTarget, HostValues } from './device-plan.js';
import { HostRound, HOSTS_PER_CALL } from './device-round.js';
import { CatoDevice } from './device-spec.js';
import { StaticHostsRefusedError } from './static-host-faults.js';

const SiteOutputs = z.object({ siteId: z.string() });
const DeviceOutputs = z.object({ hostId: z.string().optional() });

/** Devices of a Cato site are its static hosts: one list tells what there is, one call adds and removes. */
export const catoDevices: DeviceProgramming = {
  spec: CatoDevice,
  bulkSize: HOSTS_PER_CALL,
  callsOfRound: { staticHostList: 1, updateSiteStaticHosts: 1 },
  converge,
};

async function converge({ site, devices, ...access }: DeviceRound): Promise<DeviceResult[]> {
  const { siteId } = SiteOutputs.parse(site.outputs);
  const round = new HostRound(siteId, devices.map(targetOf), access);
  try {
    await round.converge();
  } catch (error) {
    access.signal.throwIfAborted();
    if (error instanceof StaticHostsRefusedError && error.missing === 'site') {
      return devices.map((device) => withoutSite(device, siteId));
    }
    // What was refused took calls to find out, so it is told whatever came after it. The rest stays due, and what
    // stands in its way will be met again.
    if (round.refusals.size === 0) throw error;
  }
  const { done, refused } = round.plan();
  return devices.flatMap(({ resourceId }) => {
    const fault = round.refusals.get(resourceId) ?? refused.get(resourceId);
    if (fault !== undefined) return { resourceId, outcome: 'refused' as const, fault };
    if (!done.has(resourceId)) return [];
    const hostId = done.get(resourceId);
    return { resourceId, outcome: 'applied' as const, outputs: hostId === undefined ? {} : { hostId } };
  });
}

function targetOf({ resourceId, name, spec, applied, attempted = [], mayExist }: WantedDevice): DeviceTarget {
  const earlier = mayExist ? [...attempted, spec, applied?.spec] : [];
  return {
    resourceId,
    target: spec && valuesOf(name, spec),
    hostId: applied && DeviceOutputs.parse(applied.outputs).hostId,
    lookalikes: earlier.flatMap((each) => (each === undefined ? [] : [valuesOf(name, each)])),
  };
}

function valuesOf(name: string, spec: Record<string, unknown>): HostValues {
  const { ip, macAddress } = CatoDevice.parse(spec);
  return { name, ip, macAddress: macAddress ?? null };
}

/** With the site all its hosts are gone. */
function withoutSite({ resourceId, spec }: WantedDevice, siteId: string): DeviceResult {
  if (spec === undefined) return { resourceId, outcome: 'applied', outputs: {} };
  const fault: VendorFault = {
    code: 'VENDOR_REJECTED',
    message: `the site of the device is gone at the vendor (site ${siteId})`,
    retryable: false,
  };
  return { resourceId, outcome: 'refused', fault };
}
