import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who holds the lock of a site’s state. */
@Entity('state_lock')
export class StateLockEntity {
  @PrimaryColumn({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ name: 'operation_id', type: 'uuid' })
  operationId!: string;

  @Column({ name: 'worker_id', type: 'text' })
  workerId!: string;

  @Column({ name: 'fencing_token', type: 'bigint' })
  fencingToken!: string;

  @Column({ name: 'lock_id', type: 'text' })
  lockId!: string;

  @Column({ type: 'jsonb' })
  info!: Record<string, unknown>;

  @Column({ name: 'locked_at', type: 'timestamptz', default: () => 'now()' })
  lockedAt!: Date;
}
