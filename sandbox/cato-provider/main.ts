import { servePlugin } from '../terraform-plugin/index.js';
import { catoProvider } from './cato-provider.js';

servePlugin(catoProvider(process.env), process.argv.slice(2), process.env).catch((error: unknown) => {
  process.stderr.write(
    `[ERROR] ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
