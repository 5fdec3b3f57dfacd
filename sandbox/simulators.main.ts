import { sandboxConfig } from './config.js';
import { startSimulators } from './simulators.js';

const simulators = await startSimulators(sandboxConfig());
const { vendors, adminUrl } = simulators;
process.stdout.write(`${JSON.stringify({ vendors, adminUrl })}\n`);

const stop = (): void => {
  void simulators.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
