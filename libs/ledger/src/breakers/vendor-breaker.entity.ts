import type { BreakerState, OperationError } from '@app/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EndpointFamily } from './breakers.js';

/** The circuit breaker of a family of an account's endpoints; absent: it was never opened. */
@Entity('vendor_breaker')
export class VendorBreakerEntity {
  @PrimaryColumn({ name: 'vendor_account_id', type: 'uuid' })
  vendorAccountId!: string;

  @PrimaryColumn({ type: 'text' })
  family!: EndpointFamily;

  @Column({ type: 'text' })
  state!: BreakerState;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  since!: Date;

  @Column({ name: 'probe_at', type: 'timestamptz' })
  probeAt!: Date;

  @Column({ name: 'probe_wait_ms', type: 'float8' })
  probeWaitMs!: number;

  @Column({ name: 'probe_operation_id', type: 'uuid', nullable: true })
  probeOperationId!: string | null;

  @Column({ name: 'failed_probes', type: 'int', default: 0 })
  failedProbes!: number;

  @Column({ type: 'jsonb' })
  error!: OperationError;
}
