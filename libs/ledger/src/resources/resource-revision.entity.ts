import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One wanted version of a resource; its secrets are sealed. */
@Entity('resource_revision')
export class ResourceRevisionEntity {
  @PrimaryColumn({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @PrimaryColumn({ type: 'int' })
  revision!: number;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ type: 'jsonb' })
  spec!: Record<string, unknown>;

  @Column({ type: 'bytea', nullable: true })
  secrets!: Buffer | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
