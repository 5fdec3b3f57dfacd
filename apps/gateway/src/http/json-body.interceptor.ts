import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { readJson } from './json-body.js';

const WITH_BODY = new Set(['PUT', 'POST', 'PATCH']);

/** Reads the body after the guards and before the pipes, so that nobody unknown can make us parse anything. */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    if (WITH_BODY.has(request.method)) request.body = await readJson(request);
    return next.handle();
  }
}
