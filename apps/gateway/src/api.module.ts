import { LifecycleModule } from '@app/runtime';
import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditService } from './audit/audit.service.js';
import { AuthenticationGuard } from './auth/authentication.guard.js';
import { AuthorizationGuard } from './auth/authorization.guard.js';
import { KeyDirectory } from './auth/key-directory.js';
import { CustomersController } from './customers/customers.controller.js';
import { CustomersService } from './customers/customers.service.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLettersService } from './dead-letters/dead-letters.service.js';
import { DeviceWriteOrder } from './devices/device-write-order.js';
import { DevicesController } from './devices/devices.controller.js';
import { DevicesService } from './devices/devices.service.js';
import { EventStreams } from './events/event-streams.js';
import { EventsController } from './events/events.controller.js';
import { EventsService } from './events/events.service.js';
import { AnswerInterceptor } from './http/answer.js';
import { JsonBodyInterceptor } from './http/json-body.interceptor.js';
import { KnownQueryInterceptor } from './http/known-query.interceptor.js';
import { ProblemFilter } from './http/problem.filter.js';
import { requestScope } from './http/request-scope.js';
import { ValidationPipe } from './http/validation.pipe.js';
import { LedgerMetrics } from './metrics/ledger-metrics.js';
import { ApiDocument } from './openapi/api-document.js';
import { OperationWaiter } from './operations/operation-waiter.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { SubmissionAnswers } from './operations/submission-answers.js';
import { SiteWriteOrder } from './sites/site-write-order.js';
import { SitesController } from './sites/sites.controller.js';
import { SitesService } from './sites/sites.service.js';
import { TunnelsController } from './tunnels/tunnels.controller.js';
import { TunnelsService } from './tunnels/tunnels.service.js';
import { VendorAccountsController } from './vendor-accounts/vendor-accounts.controller.js';
import { VendorAccountsService } from './vendor-accounts/vendor-accounts.service.js';
import { VendorsController } from './vendors/vendors.controller.js';
import { VendorsService } from './vendors/vendors.service.js';
import { WorkersController } from './workers/workers.controller.js';
import { WorkersService } from './workers/workers.service.js';

/** The REST API. What it needs of the ledger and the vendors comes from a module of ports. */
@Module({
  imports: [LifecycleModule],
  controllers: [
    ApiKeysController,
    AuditController,
    CustomersController,
    DeadLettersController,
    DevicesController,
    EventsController,
    OperationsController,
    SitesController,
    TunnelsController,
    VendorAccountsController,
    VendorsController,
    WorkersController,
  ],
  providers: [
    // In the order in which they see a request.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: AuthorizationGuard },
    { provide: APP_INTERCEPTOR, useClass: KnownQueryInterceptor },
    { provide: APP_INTERCEPTOR, useClass: JsonBodyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
    { provide: APP_PIPE, useClass: ValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
    ApiDocument,
    ApiKeysService,
    AuditService,
    CustomersService,
    DeadLettersService,
    DeviceWriteOrder,
    DevicesService,
    EventStreams,
    EventsService,
    KeyDirectory,
    LedgerMetrics,
    OperationWaiter,
    OperationsService,
    SiteWriteOrder,
    SitesService,
    SubmissionAnswers,
    TunnelsService,
    VendorAccountsService,
    VendorsService,
    WorkersService,
  ],
})
export class ApiModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(requestScope).forRoutes('{*path}');
  }
}
