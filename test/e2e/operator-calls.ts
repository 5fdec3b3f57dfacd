import { AuditEntry, DeadLetter, DeadLetterReplayReport, OperationRun, Worker } from '@app/contracts';
import { z } from 'zod';
import type { Answer, GatewayClient } from '../../sandbox/stack/gateway-client.js';

const page = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });

/** What operators ask of the gateway. */
export class OperatorCalls {
  constructor(private readonly client: GatewayClient) {}

  /** Newest first. */
  async deadLetters(query: Record<string, string> = {}): Promise<DeadLetter[]> {
    return (await this.read(`/v1/dead-letters?${new URLSearchParams(query).toString()}`, page(DeadLetter)))
      .items;
  }

  deadLetter(id: string): Promise<DeadLetter> {
    return this.read(`/v1/dead-letters/${id}`, DeadLetter);
  }

  replay(id: string): Promise<Answer> {
    return this.client.call('POST', `/v1/dead-letters/${id}:replay`);
  }

  async replayAll(body: Record<string, unknown>): Promise<DeadLetterReplayReport> {
    return DeadLetterReplayReport.parse(
      (await this.client.call('POST', '/v1/dead-letters:replay', { body })).body,
    );
  }

  discard(id: string, reason: string): Promise<Answer> {
    return this.client.call('DELETE', `/v1/dead-letters/${id}?reason=${encodeURIComponent(reason)}`);
  }

  /** Oldest first. */
  async runs(operationId: string): Promise<OperationRun[]> {
    return (await this.read(`/v1/operations/${operationId}/runs`, page(OperationRun))).items;
  }

  async workers(): Promise<Worker[]> {
    return (await this.read('/v1/workers', page(Worker))).items;
  }

  /** Newest first. */
  async audit(query: Record<string, string> = {}): Promise<AuditEntry[]> {
    return (await this.read(`/v1/audit?${new URLSearchParams(query).toString()}`, page(AuditEntry))).items;
  }

  private async read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    const { status, body } = await this.client.call('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return schema.parse(body);
  }
}
