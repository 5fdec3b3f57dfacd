import { hasRole } from '@app/contracts';
import { IS_PUBLIC } from '@app/runtime';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { endpointOf } from '../http/endpoint.decorator.js';
import { NotFound } from '../http/request-errors.js';
import { callerOf } from './authentication.guard.js';
import { Forbidden, RoleTooLow } from './errors.js';

/** What the route's `@Endpoint` demands of the key: first its customer, then its role. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets) === true) return true;
    const endpoint = endpointOf(this.reflector, context.getHandler());
    const request = context.switchToHttp().getRequest<Request>();
    const caller = callerOf(request);
    const customer = request.params['customer'];
    // A key must not be able to find out which other customers there are: 404 before 403.
    if (caller.customer !== null && typeof customer === 'string' && customer !== caller.customer) {
      throw new NotFound(`customer ${customer}`);
    }
    if (!hasRole(caller.role, endpoint.role)) throw new RoleTooLow(caller.role, endpoint.role);
    if (endpoint.isForAllCustomers === true && caller.customer !== null) {
      throw new Forbidden('this needs an API key that is not scoped to one customer');
    }
    return true;
  }
}
