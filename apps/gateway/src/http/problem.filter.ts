import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocument } from '../openapi/api-document.js';
import { problemOf } from './problem.js';
import { MethodNotAllowed, NotFound } from './request-errors.js';

/** Turns every error into `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly document: ApiDocument) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent || response.destroyed) return;
    const { status, headers, problem } = problemOf(this.named(error, request));
    if (status === 500) this.logger.error('a request failed unexpectedly', error);
    response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(problem));
  }

  /** Nest knows only that nothing answered; the document knows whether the address exists. */
  private named(error: unknown, request: Request): unknown {
    if (!(error instanceof NotFoundException)) return error;
    const allowed = this.document.methodsOf(request.path);
    return allowed.length > 0 ? new MethodNotAllowed(request.method, allowed) : new NotFound('this address');
  }
}
