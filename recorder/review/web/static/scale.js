// From time to place on the lanes and back. Idle stretches are folded to a notch each.
const NOTCH_PX = 14;
const MOST_FOLDED = 0.35; // of the width

/** `idle`: [[from, to], …] in us, in order. */
export class Scale {
  constructor(duration_us, idle, width) {
    this.duration_us = Math.max(1, duration_us);
    this.width = width;
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
  }

  x(t_us) {
    const piece = this.#find("t", t_us);
    const share = (Math.min(t_us, piece.until) - piece.t) / (piece.until - piece.t);
    return piece.x + Math.max(0, share) * (piece.right - piece.x);
  }

  t(x) {
    const piece = this.#find("x", Math.max(0, Math.min(x, this.width)));
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
