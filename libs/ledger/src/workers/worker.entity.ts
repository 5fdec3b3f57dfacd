import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process that takes work from the queues, as it last said of itself. */
@Entity('worker')
export class WorkerEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  app!: string;

  @Column({ type: 'int' })
  slots!: number;

  @Column({ type: 'int', default: 0 })
  busy!: number;

  @Column({ name: 'is_draining', type: 'boolean', default: false })
  isDraining!: boolean;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  startedAt!: Date;

  @Column({ name: 'last_seen_at', type: 'timestamptz', default: () => 'now()' })
  lastSeenAt!: Date;

  @Column({ name: 'stopped_at', type: 'timestamptz', nullable: true })
  stoppedAt!: Date | null;

  @Column({ name: 'reported_dead_at', type: 'timestamptz', nullable: true })
  reportedDeadAt!: Date | null;
}
