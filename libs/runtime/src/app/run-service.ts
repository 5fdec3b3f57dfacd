import { AppError } from '../errors/app-error.js';
import { createLogger } from '../logging/json-logger.js';
import { type RunningService, type ServiceDefinition, startService } from './start-service.js';

/** Longer than the longest grace plus the time for Terraform to stop; after that something hangs. */
const STOP_LIMIT_MARGIN_MS = 180_000;

export interface RunOptions {
  /** The grace that the service's drain has; a stop that takes much longer ends the process. */
  drainGraceMs?: number;
}

/**
 * The whole `main.ts` of a service. SIGTERM and SIGINT drain, close and exit 0; a second signal shortens the
 * grace. A service that cannot start says why in one line and exits 1.
 */
export async function runService(
  name: string,
  define: () => Omit<ServiceDefinition, 'name'> & RunOptions,
): Promise<void> {
  const logger = createLogger({ app: name });
  const signals = ['SIGTERM', 'SIGINT'] as const;
  let service: RunningService | undefined;
  let wasAskedToStop = false;
  let limitMs = STOP_LIMIT_MARGIN_MS;

  const stop = (): void => {
    wasAskedToStop = true;
    // While starting: what follows the start sees it.
    if (!service) return;
    setTimeout(() => process.exit(1), limitMs).unref();
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal('service did not stop cleanly', error);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);

  try {
    const { drainGraceMs = 120_000, ...definition } = define();
    limitMs += drainGraceMs;
    service = await startService({ ...definition, name });
  } catch (error) {
    if (error instanceof AppError) logger.fatal('service cannot start', { reason: error.message });
    else logger.fatal('service cannot start', error);
    process.exit(1);
  }
  if (wasAskedToStop) stop();
}
