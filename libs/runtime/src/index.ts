export * from './config/env.js';
export * from './config/load-config.js';
export * from './errors/app-error.js';
export * from './errors/failure-report.js';
export * from './ids.js';
export * from './logging/json-logger.js';
export * from './logging/log-scope.js';
