// From time to place on the lanes and back. Idle stretches are folded to a notch each.
const NOTCH_PX = 14;
const MOST_FOLDED = 0.35; // of the width

/** `idle`: [[from, to], …] in us, in order. `shown`: the pixels that are seen of a scale `zoom` times as wide, from
 * `offset` on; what lies before has places below 0. */
export class Scale {
  constructor(duration_us, idle, shown, zoom = 1, offset = 0) {
    const width = shown * zoom;
    this.duration_us = Math.max(1, duration_us);
    this.width = shown;
    this.whole = width;
    this.offset = Math.max(0, Math.min(offset, width - shown));
    this.pieces = [];
    const notch = idle.length ? Math.min(NOTCH_PX, (width * MOST_FOLDED) / idle.length) : 0;
    const folded = idle.reduce((sum, [from, to]) => sum + to - from, 0);
    const active = Math.max(1, this.duration_us - folded);
    const room = width - notch * idle.length;
    let [t, x] = [0, 0];
    const add = (until, pixels, isIdle) => {
      if (until > t) this.pieces.push({ t, until, x, right: x + pixels, idle: isIdle });
      [t, x] = [until, x + pixels];
    };
    for (const [from, to] of idle) {
      add(from, ((from - t) / active) * room, false);
      add(to, notch, true);
    }
    add(this.duration_us, Math.max(0, width - x), false);
    for (const piece of this.pieces) [piece.x, piece.right] = [piece.x - this.offset, piece.right - this.offset];
  }

  x(t_us) {
    const piece = this.#find("t", t_us);
    const share = (Math.min(t_us, piece.until) - piece.t) / (piece.until - piece.t);
    return piece.x + Math.max(0, share) * (piece.right - piece.x);
  }

  t(place) {
    const x = Math.max(0, Math.min(place, this.width));
    const piece = this.#find("x", x);
    const share = piece.right > piece.x ? (Math.min(x, piece.right) - piece.x) / (piece.right - piece.x) : 0;
    return Math.round(piece.t + Math.max(0, share) * (piece.until - piece.t));
  }

  #find(name, value) {
    let [low, high] = [0, this.pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.pieces[middle][name] <= value) low = middle + 1;
      else high = middle;
    }
    return this.pieces[Math.max(0, low - 1)] ?? { t: 0, until: 1, x: 0, right: 0 };
  }
}
