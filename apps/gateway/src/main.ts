import { runService } from '@app/runtime';
import { AppModule } from './app.module.js';
import { gatewayConfig } from './config.js';
import { configureApp, NEST_OPTIONS } from './configure-app.js';

await runService('gateway', () => {
  const config = gatewayConfig();
  return {
    module: AppModule.forRoot(config),
    host: config.HOST,
    port: config.PORT,
    logLevel: config.LOG_LEVEL,
    drainGraceMs: config.DRAIN_GRACE_MS,
    nest: NEST_OPTIONS,
    configure: configureApp,
  };
});
