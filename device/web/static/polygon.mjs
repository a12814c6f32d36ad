// Corners of polygons in 0..1 of a picture: [x, y].

const SNAP = 0.015; // of the picture: nearer to its edge means on it
const DIGITS = 1000;

const held = (value) => {
  const inside = Math.min(1, Math.max(0, value));
  if (inside < SNAP) return 0;
  return inside > 1 - SNAP ? 1 : Math.round(inside * DIGITS) / DIGITS;
};
export const corner = (x, y) => [held(x), held(y)];

// A step of the keyboard leaves the edge, to which a pointer would be drawn back.
const stepped = (value, by) => {
  const next = Math.min(1, Math.max(0, value + by));
  return Math.round(next * DIGITS) / DIGITS;
};
export const moved = ([x, y], dx, dy) => [stepped(x, dx), stepped(y, dy)];

export const points = (corners) => corners.map(([x, y]) => `${x * 100},${y * 100}`).join(" ");

export const middle = ([ax, ay], [bx, by]) => corner((ax + bx) / 2, (ay + by) / 2);

export const rectangle = () => [[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]];

export const replaced = (list, index, one) => list.map((old, n) => (n === index ? one : old));
export const without = (list, index) => list.filter((_, n) => n !== index);
export const inserted = (list, index, one) => [...list.slice(0, index), one, ...list.slice(index)];
