import { sandboxConfig } from './config.js';
import { startSimulators } from './simulators.js';

try {
  const simulators = await startSimulators(sandboxConfig());
  const { vendors, adminUrl } = simulators;
  const stop = (): void => {
    void simulators.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify({ vendors, adminUrl })}\n`);
} catch (error) {
  // A port that is taken or a bad variable: one line says it, a stack would hide it.
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
