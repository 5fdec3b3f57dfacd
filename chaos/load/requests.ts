import { randomUUID } from 'node:crypto';
import type { Change, Step } from '../plan/load-plan.js';
import {
  customerName,
  deviceBody,
  deviceName,
  siteBody,
  siteName,
  tunnelBody,
  tunnelName,
  type Generation,
} from './spec.js';
import type { Submission } from './submission.js';

type Request = Pick<Submission, 'method' | 'path' | 'body' | 'isOfDevices'>;

/** What is sent for one step, before anything has come back for it. */
export function submissionOf(generation: Generation, { customer, site, change }: Step): Submission {
  const owner = customerName(generation, customer);
  return {
    ...requestOf(change, site, `/v1/customers/${owner}/sites/${siteName(site)}`),
    key: randomUUID(),
    customer: owner,
    site: siteName(site),
    answers: [],
    lost: 0,
    isGivenUp: false,
  };
}

function requestOf(change: Change, site: number, path: string): Request {
  switch (change.kind) {
    case 'put':
      return put(path, siteBody(site, change.variation));
    case 'put_tunnel': {
      const { name: _, ...body } = tunnelBody(change.tunnel, change.variation);
      return put(`${path}/tunnels/${tunnelName(change.tunnel)}`, body);
    }
    case 'delete_tunnel':
      return remove(`${path}/tunnels/${tunnelName(change.tunnel)}`);
    case 'delete':
      return remove(path);
    case 'put_device': {
      const { device, variation } = change;
      const devicePath = `${path}/devices/${deviceName(device)}`;
      return { ...put(devicePath, deviceBody(site, device, variation)), isOfDevices: true };
    }
    case 'delete_device':
      return { ...remove(`${path}/devices/${deviceName(change.device)}`), isOfDevices: true };
    case 'batch':
      break;
  }
  const body = {
    put: change.put.map(({ device, variation }) => ({
      name: deviceName(device),
      ...deviceBody(site, device, variation),
    })),
    delete: change.remove.map(deviceName),
  };
  return { method: 'POST', path: `${path}/devices:batch`, body, isOfDevices: true };
}

const put = (path: string, body: unknown): Request => ({ method: 'PUT', path, body, isOfDevices: false });
const remove = (path: string): Request => ({ method: 'DELETE', path, body: undefined, isOfDevices: false });
