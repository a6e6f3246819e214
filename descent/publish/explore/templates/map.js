"use strict";
/* The map: relief, minima, trails, iterates and balls. */
function shape(pen, kind, x, y, size) {
  const corners = (count, turn, inner) => {
    const n = inner ? 2 * count : count;
    for (let k = 0; k < n; k++) {
      const r = inner && k % 2 ? size * inner : size, angle = turn + (2 * Math.PI * k) / n;
      pen[k ? "lineTo" : "moveTo"](x + r * Math.sin(angle), y - r * Math.cos(angle));
    }
    pen.closePath();
  };
  const cross = (turn) => {
    const a = size * 0.36;
    [[-a, -size], [a, -size], [a, -a], [size, -a], [size, a], [a, a], [a, size], [-a, size], [-a, a], [-size, a], [-size, -a], [-a, -a]].forEach(([u, v], k) => {
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      pen[k ? "lineTo" : "moveTo"](x + u * c - v * s, y + u * s + v * c);
    });
    pen.closePath();
  };
  pen.beginPath();
  if (kind === "circle") pen.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind === "square") pen.rect(x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size);
  else if (kind === "triangle") corners(3, 0);
  else if (kind === "diamond") corners(4, 0);
  else if (kind === "hexagon") corners(6, 0);
  else if (kind === "star") corners(5, 0, 0.5);
  else cross(kind === "cross" ? Math.PI / 4 : 0);
}

function drawMap({ pen, width, height }, page, runs, clock, look, basins, numbered) {
  const place = placing(width, height), scale = Math.min(1, 0.6 + width / 1600);
  if (look.picture.complete && look.picture.naturalWidth) pen.drawImage(look.picture, 0, 0, width, height);
  if (basins) {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(basins, 0, 0, width, height);
  }
  if (!numbered) page.minima.forEach((minimum, k) => drawMinimum(pen, ...place(minimum), !k, look));
  for (const run of runs) drawPath(pen, run, Math.min(clock, run.path.steps), place, [0, 0, width, height], scale, look, basins);
}

/* Where a point of the surface is on a map of so many pixels. */
const placing = (width, height) => ([w1, w2]) => {
  const [[left, right], [bottom, top]] = page.domain;
  return [((w1 - left) / (right - left)) * width, height - ((w2 - bottom) / (top - bottom)) * height];
};

function drawMinimum(pen, x, y, best, look) {
  shape(pen, best ? "star" : "diamond", x, y, best ? 9 : 4);
  pen.lineWidth = best ? 1 : 1.6;
  pen.strokeStyle = best ? look.chip : look.ink;
  pen.fillStyle = look.ink;
  if (best) pen.fill();
  pen.stroke();
}

/* The iterates so far, and the ball, in pixels: what is far off stays in its direction. */
function reached(run, clock, place) {
  const { w } = run.path, whole = Math.floor(clock + 1e-9), rest = clock - whole;
  const finite = (k) => Number.isFinite(w[2 * k]) && Number.isFinite(w[2 * k + 1]);
  const at = (k) => place(near([w[2 * k], w[2 * k + 1]], page.domain)), points = [];
  for (let k = 0; k <= whole && finite(k); k++) points.push(at(k));
  let ball = points[points.length - 1];
  if (rest > 1e-6 && finite(whole + 1) && points.length === whole + 1) {
    const next = at(whole + 1);
    ball = [ball[0] + rest * (next[0] - ball[0]), ball[1] + rest * (next[1] - ball[1])];
  }
  return { points, ball };
}

/* A line through points, its segments cut at a box, which may lie far off. */
function trail(pen, points, box) {
  pen.beginPath();
  let joined = false;
  for (let k = 1; k < points.length; k++) {
    const part = clipped(points[k - 1], points[k], box);
    if (part && !joined) pen.moveTo(...part[0]);
    if (part) pen.lineTo(...part[1]);
    joined = part && part[1][0] === points[k][0] && part[1][1] === points[k][1];
  }
}

function drawPath(pen, run, clock, place, [left, top, right, bottom], scale, look, onColours) {
  const kind = LOOKS.markers[run.index], colour = look.runs[run.index];
  const { points, ball } = reached(run, clock, place);
  const inside = ([x, y]) => x >= left && x <= right && y >= top && y <= bottom;
  pen.save();
  pen.lineJoin = pen.lineCap = "round";
  pen.strokeStyle = pen.fillStyle = colour;
  trail(pen, [...points, ball], [left - 40, top - 40, right + 40, bottom + 40]);
  if (onColours) {
    pen.strokeStyle = look.chip;
    pen.lineWidth = 6.5 * scale;
    pen.globalAlpha = 0.75;
    pen.stroke();
    pen.strokeStyle = colour;
  }
  pen.lineWidth = 3 * scale;
  pen.globalAlpha = 0.95;
  pen.setLineDash(dashes(run.index, 3 * scale));
  pen.stroke();
  pen.setLineDash([]);
  const marked = run.record && run.record.kept.length ? run.record.kept.filter((k) => k < points.length).map((k) => points[k]) : points;
  marked.forEach((point, k) => {
    const age = marked.length - 1 - k;
    if (!inside(point)) return;
    pen.globalAlpha = age < 6 ? 1 - (0.55 * age) / 6 : 0.45;
    shape(pen, kind, ...point, 4.4 * scale);
    pen.fill();
  });
  pen.globalAlpha = 1;
  drawStart(pen, points[0], colour, scale, look);
  if (inside(ball)) {
    pen.fillStyle = colour;
    pen.strokeStyle = look.rim;
    pen.lineWidth = 2 * scale;
    shape(pen, kind, ...ball, 10 * scale);
    pen.fill();
    pen.stroke();
  }
  pen.restore();
}

function drawStart(pen, [x, y], colour, scale, look) {
  pen.lineWidth = 2.4 * scale;
  pen.strokeStyle = colour;
  pen.fillStyle = look.chip;
  shape(pen, "circle", x, y, 7 * scale);
  pen.fill();
  pen.stroke();
}
