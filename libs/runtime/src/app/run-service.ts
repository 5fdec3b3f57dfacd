import { AppError } from '../errors/app-error.js';
import { createLogger } from '../logging/json-logger.js';
import { type RunningService, type ServiceDefinition, startService } from './start-service.js';

/** Longer than Terraform needs to stop, on top of the grace; after that something hangs. */
const STOP_LIMIT_MARGIN_MS = 180_000;
const DRAIN_GRACE_MS = 120_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface RunDefinition extends Omit<ServiceDefinition, 'name'> {
  /** The grace that the messaging module was given; a stop that takes much longer ends the process. */
  drainGraceMs?: number;
}

/**
 * The whole `main.ts` of a service. SIGTERM and SIGINT drain, close and exit 0; a second signal shortens the
 * grace. A service that cannot start says why in one line and exits 1.
 */
export async function runService(
  name: string,
  define: () => RunDefinition,
  endProcess: (code: number) => void = (code) => process.exit(code),
): Promise<void> {
  const logger = createLogger({ app: name });
  let service: RunningService | undefined;
  let limitMs = STOP_LIMIT_MARGIN_MS;
  let wasAskedToStop = false;

  const exit = (code: number): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
    process.off('uncaughtException', crash);
    endProcess(code);
  };
  const crash = (error: unknown): void => {
    // Through the logger, because what Node prints by itself is not redacted.
    logger.fatal('unexpected error; the process ends', error);
    exit(1);
  };
  const stop = (): void => {
    const isFirst = !wasAskedToStop;
    wasAskedToStop = true;
    // While it starts, what follows the start sees that it shall stop.
    if (!service) return;
    const stopped = service.stop();
    if (!isFirst) return;
    setTimeout(() => exit(1), limitMs).unref();
    stopped.then(() => exit(0), crash);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  process.on('uncaughtException', crash);

  try {
    const { drainGraceMs = DRAIN_GRACE_MS, ...definition } = define();
    limitMs += drainGraceMs;
    service = await startService({ ...definition, name });
  } catch (error) {
    if (error instanceof AppError) logger.fatal('service cannot start', { reason: error.message });
    else logger.fatal('service cannot start', error);
    return exit(1);
  }
  if (wasAskedToStop) {
    wasAskedToStop = false;
    stop();
  }
}
