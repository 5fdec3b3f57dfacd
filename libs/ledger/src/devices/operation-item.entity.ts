import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One device of an operation, and what became of it. */
@Entity('operation_item')
export class OperationItemEntity {
  @PrimaryColumn({ name: 'operation_id', type: 'uuid' })
  operationId!: string;

  @PrimaryColumn({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ type: 'int' })
  position!: number;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'int' })
  revision!: number;

  @Column({ type: 'text', default: 'pending' })
  status!: string;

  @Column({ type: 'jsonb', nullable: true })
  error!: Record<string, unknown> | null;
}
