import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { LogThreshold } from '../config/env.js';
import { createLogger } from '../logging/json-logger.js';
import { Broker } from '../messaging/broker.js';
import { connectConsumers } from '../messaging/connect-consumers.js';
import { Lifecycle } from './lifecycle.js';

export interface ServiceDefinition {
  /** The service's name, on every log line. */
  name: string;
  module: Type | DynamicModule;
  host: string;
  port: number;
  logLevel?: LogThreshold;
  /** Nest's own options, e.g. `{ bodyParser: false }` where the app sets limits of its own. */
  nest?: Omit<NestApplicationOptions, 'logger' | 'abortOnError'>;
  /** Middleware, filters, pipes, OpenAPI: what has to be set up before the app listens. */
  configure?: (app: NestExpressApplication) => void | Promise<void>;
}

export interface RunningService {
  app: NestExpressApplication;
  /** Where it listens. */
  url: string;
  /** Drains and closes; called again it shortens the drain's grace. */
  stop: () => Promise<void>;
}

/** How long requests that are under way may keep the HTTP server open once it is to close. */
const HTTP_GRACE_MS = 5_000;

/** Starts a service in this process: HTTP first, so that probes are answered, then the consumers. */
export async function startService(definition: ServiceDefinition): Promise<RunningService> {
  const logger = createLogger({
    app: definition.name,
    ...(definition.logLevel && { level: definition.logLevel }),
  });
  const app = await NestFactory.create<NestExpressApplication>(definition.module, {
    ...definition.nest,
    logger,
    abortOnError: false,
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    if (stopping) void app.get(Broker, { strict: false }).drain(0);
    else stopping = stopApp(app);
    return stopping;
  };
  try {
    sendElsewhereWhenDraining(app);
    await definition.configure?.(app);
    await app.listen(definition.port, definition.host);
    connectConsumers(app);
    await app.startAllMicroservices();
  } catch (error) {
    // What has been started so far must not keep the process alive; why it failed is what matters.
    await stop().catch(() => undefined);
    throw error;
  }
  app.get(Lifecycle, { strict: false }).markStarted();
  const url = await app.getUrl();
  logger.log('service started', { url });
  return { app, url, stop };
}

/** A client that kept its connection would go on using it, and meet its end with a request under way. */
function sendElsewhereWhenDraining(app: NestExpressApplication): void {
  const lifecycle = app.get(Lifecycle, { strict: false });
  const server = app.getHttpServer();
  server.prependListener('request', (_request, response) => {
    if (lifecycle.isDraining) response.setHeader('connection', 'close');
  });
}

async function stopApp(app: NestExpressApplication): Promise<void> {
  const lifecycle = app.get(Lifecycle, { strict: false });
  const broker = app.get(Broker, { strict: false });
  lifecycle.beginDrain();
  // Before Nest closes anything: what a running job needs has to outlive it.
  await broker.drain();
  const server = app.getHttpServer();
  const impatience = setTimeout(() => server.closeAllConnections(), HTTP_GRACE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(impatience);
  }
}
