import { runService } from '@app/runtime';
import { AppModule } from './app.module.js';
import { configuration } from './config.js';

await runService('device-programmer', () => {
  const config = configuration();
  return {
    module: AppModule.forRoot(config),
    host: config.HOST,
    port: config.PORT,
    logLevel: config.LOG_LEVEL,
    drainGraceMs: config.DRAIN_GRACE_MS,
  };
});
