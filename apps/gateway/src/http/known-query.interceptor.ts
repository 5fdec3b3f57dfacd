import { IS_PUBLIC } from '@app/runtime';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { endpointOf } from './endpoint.decorator.js';
import { ValidationFailed } from './request-errors.js';

/** Refuses query parameters that a route does not know: a misspelt filter must not answer everything. */
@Injectable()
export class KnownQueryInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets) === true) {
      return next.handle();
    }
    const known = Object.keys(endpointOf(this.reflector, context.getHandler()).query?.shape ?? {});
    const { query } = context.switchToHttp().getRequest<Request>();
    const unknown = Object.keys(query).filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      const message =
        known.length > 0 ? `unknown parameter; known: ${known.join(', ')}` : 'unknown parameter';
      throw new ValidationFailed(unknown.map((path) => ({ path, message })));
    }
    return next.handle();
  }
}
