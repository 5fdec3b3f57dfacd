import type { VendorConnection } from '../connection.js';
import { isAboutRequest, refusalOfTask, type VersaRefusal } from './faults.js';
import { endOfTask, refusalOfTaskEnd, type TaskEnd } from './tasks.js';

/** A task works on more devices than that: it is for another time, rather than for one call after the other. */
const MAX_BUSY = 3;

interface BulkCall {
  /** Starts one task for all of these devices. */
  start: (devices: readonly string[]) => Promise<string>;
  /** Told as soon as it is known: whoever finds out more may fail at it. */
  refuse: (device: string, refusal: VersaRefusal) => void;
  connection: VendorConnection;
  signal: AbortSignal;
}

interface Outcome {
  /** Of single devices, which the vendor's words name. */
  refusals: ReadonlyMap<string, VersaRefusal>;
  /** Of all of them, for the sake of one that nobody names. */
  whole: VersaRefusal | undefined;
}

/**
 * Has the devices done by one task. A refusal which does not say whom it is about is taken apart until it does: the
 * others must not wait for one. Devices beside one that was named may or may not be done: the list tells.
 * @throws VendorFaultError for anything that is not about single devices
 */
export async function runInBulk(devices: readonly string[], call: BulkCall): Promise<void> {
  let busy = 0;
  const parts = devices.length === 0 ? [] : [devices];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { refusals, whole } = await run(part, call);
    for (const [device, refusal] of refusals) call.refuse(device, refusal);
    if (whole === undefined) continue;
    const [device] = part;
    if (part.length === 1 && device !== undefined) {
      if (whole.isBusy) busy += 1;
      if (busy > MAX_BUSY) throw whole;
      call.refuse(device, whole);
    } else {
      const half = Math.ceil(part.length / 2);
      parts.push(part.slice(half), part.slice(0, half));
    }
  }
}

async function run(devices: readonly string[], { start, connection, signal }: BulkCall): Promise<Outcome> {
  let taskId: string;
  try {
    taskId = await start(devices);
  } catch (error) {
    if (!isAboutRequest(error) || (error.isBusy && !devices.some((name) => names(error, name)))) throw error;
    return { refusals: new Map(), whole: error };
  }
  const end = await endOfTask(connection, taskId, signal);
  const refusals = refusalsByDevice(end, devices);
  if (refusals.size > 0) return { refusals, whole: undefined };
  const whole = refusalOfTaskEnd(end);
  if (whole?.fault.retryable) throw whole;
  return { refusals, whole };
}

/** The complaints that begin with a device's name, as the Director writes them. */
function refusalsByDevice({ complaints }: TaskEnd, devices: readonly string[]): Map<string, VersaRefusal> {
  const known = new Set(devices);
  const found = new Map<string, VersaRefusal>();
  for (const complaint of complaints) {
    const [, device = '', message = ''] = /^([^\s:]+): ([\s\S]*)$/.exec(complaint.message) ?? [];
    if (known.has(device)) found.set(device, refusalOfTask({ ...complaint, message }));
  }
  return found;
}

/** The name on its own: `cam-1` is not in `cam-10`. Names have letters, digits and hyphens. */
const names = ({ fault }: VersaRefusal, device: string): boolean =>
  new RegExp(String.raw`(?<![\w-])${device.replaceAll(/[^\w-]/g, String.raw`\$&`)}(?![\w-])`).test(
    fault.message,
  );
