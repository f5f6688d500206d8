import { setTimeout as pause } from 'node:timers/promises';
import { freePorts, Member, type MemberOptions } from './member.ts';

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

/** A cluster of its own for one file of tests. */
export class TestCluster {
  readonly members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.members = members;
  }

  static async start(etcd: string, size: number, options: MemberOptions = {}): Promise<TestCluster> {
    const ports = await Promise.all(Array.from({ length: size }, (_, i) => freePorts(`m${i}`)));
    const cluster = new TestCluster(ports.map((own) => new Member(etcd, own, ports, options)));
    try {
      await cluster.#start(cluster.members);
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ ports }) => ports.client);
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop(signal)));
    await this.#start(this.members);
  }

  async killLeader(): Promise<void> {
    const leader = await this.#leader();
    await leader.stop('SIGKILL');
    const others = this.members.filter((member) => member !== leader);
    await Promise.all(others.map((member) => member.healthy()));
    await this.#start([leader]);
  }

  async loseQuorum(): Promise<() => Promise<void>> {
    const lost = this.members.slice(0, Math.ceil(this.members.length / 2));
    await Promise.all(lost.map((member) => member.stop('SIGKILL')));
    return () => this.#start(lost);
  }

  /** Starts anew without what was stored; under another `token` it is another cluster. */
  async wipe(token: string): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    for (const member of this.members) member.wipe(token);
    await this.#start(this.members);
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.ask('/v3/kv/put', { key: base64(key), value: base64(value) });
  }

  async compact(): Promise<void> {
    const { header } = await this.ask('/v3/kv/range', { key: base64('any') });
    if (typeof header !== 'object' || header === null || !('revision' in header)) throw new Error('no revision');
    await this.ask('/v3/kv/compaction', { revision: header.revision, physical: true });
  }

  async ask(path: string, question: object, token?: string): Promise<Record<string, unknown>> {
    const [member] = this.members;
    if (member === undefined) throw new Error('no member');
    return member.ask(path, question, token);
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map((member) => member.remove()));
  }

  async #start(members: readonly Member[]): Promise<void> {
    for (const member of members) member.start();
    await Promise.all(members.map((member) => member.healthy()));
  }

  async #leader(): Promise<Member> {
    for (;;) {
      for (const member of this.members) {
        const { header, leader } = await member.ask('/v3/maintenance/status', {});
        if (JSON.stringify(header).includes(`"member_id":"${leader}"`)) return member;
      }
      await pause(100);
    }
  }
}
