import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A site, a device, or a site's devices as a whole: what a customer wants and what is applied. */
@Entity('resource')
export class ResourceEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ name: 'vendor_account_id', type: 'uuid' })
  vendorAccountId!: string;

  @Column({ name: 'parent_id', type: 'uuid', nullable: true })
  parentId!: string | null;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  vendor!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'int' })
  revision!: number;

  @Column({ name: 'applied_revision', type: 'int', nullable: true })
  appliedRevision!: number | null;

  @Column({ name: 'attempted_revision', type: 'int', nullable: true })
  attemptedRevision!: number | null;

  @Column({ type: 'text' })
  phase!: string;

  @Column({ type: 'jsonb', default: {} })
  outputs!: Record<string, unknown>;

  @Column({ name: 'fencing_token', type: 'bigint', default: 0 })
  fencingToken!: string;

  @Column({ name: 'is_unreconciled', type: 'boolean', default: false })
  isUnreconciled!: boolean;

  @Column({ name: 'has_state_held_resources', type: 'boolean', default: false })
  hasStateHeldResources!: boolean;

  @Column({ name: 'is_wanted', type: 'boolean', default: true })
  isWanted!: boolean;

  @Column({ name: 'settles_at', type: 'timestamptz', nullable: true })
  settlesAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;
}
