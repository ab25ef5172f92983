interface Arc {
  readonly to: number;
  /** what still fits */
  left: number;
  /** position of the opposite arc among those of `to` */
  readonly back: number;
}

/** Maximum flow in a small network (Dinic 1970): levels by breadth, then blocking flow by depth. Capacities are whole numbers. */
export class FlowNetwork {
  readonly #arcs: Arc[][];

  /** @param size number of vertices, 0..size-1 */
  constructor(size: number) {
    this.#arcs = Array.from({ length: size }, () => []);
  }

  connect(from: number, to: number, capacity: number): void {
    const there = this.#from(from);
    const back = this.#from(to);
    there.push({ to, left: capacity, back: back.length });
    back.push({ to: from, left: 0, back: there.length - 1 });
  }

  /** Fills the network; a second call adds nothing. */
  fill(source: number, sink: number): number {
    let flow = 0;
    for (let levels = this.#levels(source); (levels[sink] ?? -1) >= 0; levels = this.#levels(source)) {
      const next = this.#arcs.map(() => 0);
      for (let pushed = -1; pushed !== 0; flow += pushed)
        pushed = this.#push(source, sink, Number.MAX_SAFE_INTEGER, levels, next);
    }
    return flow;
  }

  #from(vertex: number): Arc[] {
    return this.#arcs[vertex] ?? [];
  }

  #levels(source: number): readonly number[] {
    const levels = this.#arcs.map(() => -1);
    levels[source] = 0;
    const queue = [source];
    for (const vertex of queue)
      for (const { to, left } of this.#from(vertex)) {
        if (left === 0 || levels[to] !== -1) continue;
        levels[to] = (levels[vertex] ?? 0) + 1;
        queue.push(to);
      }
    return levels;
  }

  /** @param next arc of each vertex to go on with: the ones before it lead nowhere in these levels */
  #push(vertex: number, sink: number, most: number, levels: readonly number[], next: number[]): number {
    if (vertex === sink) return most;
    const arcs = this.#from(vertex);
    for (let i = next[vertex] ?? 0; i < arcs.length; i++) {
      next[vertex] = i;
      const arc = arcs[i];
      if (!arc || arc.left === 0 || levels[arc.to] !== (levels[vertex] ?? 0) + 1) continue;
      const pushed = this.#push(arc.to, sink, Math.min(most, arc.left), levels, next);
      if (pushed === 0) continue;
      arc.left -= pushed;
      const back = this.#from(arc.to)[arc.back];
      if (back) back.left += pushed;
      return pushed;
    }
    next[vertex] = arcs.length;
    return 0;
  }
}
