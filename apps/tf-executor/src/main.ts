import { runService } from '@app/runtime';
import { AppModule } from './app.module.js';
import { executorConfig } from './config.js';

await runService('tf-executor', () => {
  const config = executorConfig();
  return {
    module: AppModule.forRoot(config),
    host: config.HOST,
    port: config.PORT,
    logLevel: config.LOG_LEVEL,
    drainGraceMs: config.DRAIN_GRACE_MS,
  };
});
