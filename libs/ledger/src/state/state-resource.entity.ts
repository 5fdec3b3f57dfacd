import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address of the newest state, for SQL; no secrets. */
@Entity('state_resource')
export class StateResourceEntity {
  @PrimaryColumn({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @PrimaryColumn({ type: 'text' })
  address!: string;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ name: 'object_id', type: 'text', nullable: true })
  objectId!: string | null;

  @Column({ name: 'is_tainted', type: 'boolean', default: false })
  isTainted!: boolean;
}
