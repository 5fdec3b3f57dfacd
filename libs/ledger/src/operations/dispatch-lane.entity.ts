import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The row that is locked before anything in a lane is released. */
@Entity('dispatch_lane')
export class DispatchLaneEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'uuid' })
  customerId!: string;

  @PrimaryColumn({ name: 'vendor_account_id', type: 'uuid' })
  vendorAccountId!: string;

  @PrimaryColumn({ type: 'text' })
  lane!: string;

  @Column({ name: 'paused_until', type: 'timestamptz', nullable: true })
  pausedUntil!: Date | null;
}
