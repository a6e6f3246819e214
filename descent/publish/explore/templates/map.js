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

function drawMap(canvas, page, runs, clock, look, basins) {
  const { pen, width, height } = sharp(canvas);
  const [[left, right], [bottom, top]] = page.domain;
  const x = (w) => ((w - left) / (right - left)) * width, y = (w) => height - ((w - bottom) / (top - bottom)) * height;
  if (look.picture.complete && look.picture.naturalWidth) pen.drawImage(look.picture, 0, 0, width, height);
  if (basins) {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(basins, 0, 0, width, height);
  }
  page.minima.forEach(([w1, w2], k) => {
    shape(pen, k ? "diamond" : "star", x(w1), y(w2), k ? 4 : 9);
    pen.lineWidth = k ? 1.6 : 1;
    pen.strokeStyle = k ? look.ink : look.chip;
    pen.fillStyle = look.ink;
    if (!k) pen.fill();
    pen.stroke();
  });
  const scale = Math.min(1, 0.6 + width / 1600);
  for (const run of runs) drawPath(pen, run, Math.min(clock, run.path.steps), x, y, scale, look, basins);
}

function drawPath(pen, run, clock, x, y, scale, look, onColours) {
  const { w } = run.path, kind = LOOKS.markers[run.index], colour = look.runs[run.index];
  const at = (k) => [x(Math.max(-1e6, Math.min(1e6, w[2 * k]))), y(Math.max(-1e6, Math.min(1e6, w[2 * k + 1])))];
  const whole = Math.floor(clock + 1e-9), rest = clock - whole;
  const finite = (k) => Number.isFinite(w[2 * k]) && Number.isFinite(w[2 * k + 1]);
  const points = [];
  for (let k = 0; k <= whole && finite(k); k++) points.push(at(k));
  let ball = points[points.length - 1];
  if (rest > 1e-6 && finite(whole + 1) && points.length === whole + 1) {
    const next = at(whole + 1);
    ball = [ball[0] + rest * (next[0] - ball[0]), ball[1] + rest * (next[1] - ball[1])];
  }
  pen.save();
  pen.lineJoin = pen.lineCap = "round";
  pen.strokeStyle = pen.fillStyle = colour;
  pen.beginPath();
  [...points, ball].forEach(([px, py], k) => pen[k ? "lineTo" : "moveTo"](px, py));
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
  points.forEach(([px, py], k) => {
    const age = points.length - 1 - k;
    pen.globalAlpha = age < 6 ? 1 - (0.55 * age) / 6 : 0.45;
    shape(pen, kind, px, py, 4.4 * scale);
    pen.fill();
  });
  pen.globalAlpha = 1;
  pen.lineWidth = 2.4 * scale;
  pen.fillStyle = look.chip;
  shape(pen, "circle", points[0][0], points[0][1], 7 * scale);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour;
  pen.strokeStyle = look.rim;
  pen.lineWidth = 2 * scale;
  shape(pen, kind, ball[0], ball[1], 10 * scale);
  pen.fill();
  pen.stroke();
  pen.restore();
}
