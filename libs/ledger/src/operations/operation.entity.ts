import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One request to converge a resource, and how far it has come. */
@Entity('operation')
export class OperationEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' })
  sequence!: string;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @Column({ name: 'vendor_account_id', type: 'uuid' })
  vendorAccountId!: string;

  @Column({ name: 'site_id', type: 'uuid', nullable: true })
  siteId!: string | null;

  @Column({ type: 'text' })
  vendor!: string;

  @Column({ type: 'text' })
  lane!: string;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'int' })
  revision!: number;

  @Column({ type: 'text' })
  status!: string;

  @Column({ type: 'text' })
  phase!: string;

  @Column({ type: 'int', default: 0 })
  attempt!: number;

  @Column({ name: 'ladder_start', type: 'int', default: 0 })
  ladderStart!: number;

  @Column({ type: 'int', default: 0 })
  takeovers!: number;

  @Column({ name: 'items_total', type: 'int', default: 0 })
  itemsTotal!: number;

  @Column({ name: 'items_succeeded', type: 'int', default: 0 })
  itemsSucceeded!: number;

  @Column({ name: 'items_failed', type: 'int', default: 0 })
  itemsFailed!: number;

  @Column({ name: 'requires_approval', type: 'boolean', default: false })
  requiresApproval!: boolean;

  @Column({ name: 'idempotency_key', type: 'text' })
  idempotencyKey!: string;

  @Column({ name: 'release_no', type: 'int', default: 0 })
  releaseNo!: number;

  @Column({ name: 'release_at', type: 'timestamptz', default: () => 'now()' })
  releaseAt!: Date;

  @Column({ name: 'released_at', type: 'timestamptz', nullable: true })
  releasedAt!: Date | null;

  @Column({ name: 'waiting_for', type: 'text', nullable: true })
  waitingFor!: string | null;

  @Column({ name: 'worker_id', type: 'text', nullable: true })
  workerId!: string | null;

  @Column({ name: 'fencing_token', type: 'bigint', nullable: true })
  fencingToken!: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil!: Date | null;

  @Column({ name: 'deadline_at', type: 'timestamptz', nullable: true })
  deadlineAt!: Date | null;

  @Column({ name: 'cancel_requested_at', type: 'timestamptz', nullable: true })
  cancelRequestedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  changes!: Record<string, unknown> | null;

  @Column({ type: 'jsonb', nullable: true })
  outputs!: Record<string, unknown> | null;

  @Column({ type: 'jsonb', nullable: true })
  error!: Record<string, unknown> | null;

  @Column({ type: 'jsonb', nullable: true })
  timings!: Record<string, unknown> | null;

  @Column({ name: 'superseded_by', type: 'uuid', nullable: true })
  supersededBy!: string | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
