import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of a site’s Terraform state; the content is sealed. */
@Entity('state_version')
export class StateVersionEntity {
  @PrimaryColumn({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @PrimaryColumn({ type: 'int' })
  version!: number;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ name: 'operation_id', type: 'uuid' })
  operationId!: string;

  @Column({ name: 'fencing_token', type: 'bigint' })
  fencingToken!: string;

  @Column({ type: 'bigint' })
  serial!: string;

  @Column({ type: 'text' })
  lineage!: string;

  @Column({ type: 'bytea' })
  checksum!: Buffer;

  @Column({ type: 'bytea' })
  content!: Buffer;

  @Column({ name: 'size_bytes', type: 'int' })
  sizeBytes!: number;

  @Column({ name: 'resource_count', type: 'int' })
  resourceCount!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
