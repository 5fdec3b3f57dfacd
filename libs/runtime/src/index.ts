export { Lifecycle, LifecycleModule } from './app/lifecycle.js';
export { IS_PUBLIC, Public } from './app/public.js';
export { type RunDefinition, runService } from './app/run-service.js';
export { type RunningService, type ServiceDefinition, startService } from './app/start-service.js';
export {
  BrokerEnv,
  DatabaseEnv,
  HttpEnv,
  httpEnv,
  LOG_LEVELS,
  LogEnv,
  type LogThreshold,
  onOff,
  ShutdownEnv,
  wholeNumber,
} from './config/env.js';
export { type ConfigFault, InvalidConfiguration, loadConfig } from './config/load-config.js';
export { AppError, type AppErrorOptions } from './errors/app-error.js';
export { failureReport } from './errors/failure-report.js';
export { HealthModule } from './health/health.module.js';
export type { HealthAsyncOptions, HealthOptions, HealthProbe } from './health/health.options.js';
export { newId } from './ids.js';
export { createLogger, JsonLogger, type JsonLoggerOptions } from './logging/json-logger.js';
export { currentLogScope, type LogFields, withLogScope } from './logging/log-scope.js';
export { maskUrlCredentials, REDACTED_KEYS } from './logging/redaction.js';
export { AmqpServer, type SubscriptionState } from './messaging/amqp-server.js';
export { Broker, type BrokerState, type MessagingOptions } from './messaging/broker.js';
export { connectConsumers } from './messaging/connect-consumers.js';
export type { SlotState } from './messaging/consumer-slot.js';
export type {
  DeadMessage,
  DeadMessageJudge,
  DeadMessageVerdict,
  SweepOptions,
  SweepReport,
} from './messaging/dead-queue-sweep.js';
export type { LastDeath } from './messaging/death-history.js';
export { declareQueues } from './messaging/declare-queues.js';
export { DeliveryContext, type DeliveryFacts } from './messaging/delivery-context.js';
export type { RejectedDelivery } from './messaging/delivery-handling.js';
export type { DrainReport } from './messaging/drain.js';
export {
  ChannelLost,
  ConfirmTimeout,
  MessageRejected,
  MisconfiguredConsumers,
  Nacked,
  NotConnected,
  PublishFailure,
  PublishingBlocked,
  QueueMismatch,
  QueueMissing,
  type RejectionReason,
  SweepInterrupted,
  Unroutable,
  Unsendable,
} from './messaging/errors.js';
export { type MessagingAsyncOptions, MessagingModule } from './messaging/messaging.module.js';
export { OnMessage } from './messaging/on-message.decorator.js';
export type { OutgoingMessage } from './messaging/outgoing-message.js';
export { Publisher, type PublisherState, type PublishVerdict } from './messaging/publisher.js';
export type { Subscription } from './messaging/subscriptions.js';
export { metricsRegistry } from './metrics/registry.js';
