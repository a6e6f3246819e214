"use strict";
/* Curves against the step. */
/* A canvas of so many CSS pixels, sharp on every screen. */
function sharp(canvas) {
  const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, box.width, box.height);
  return { pen, width: box.width, height: box.height };
}

/* The numbers of a value axis, and their texts: on a logarithmic one decades, or parts of them where they are few. */
function levels(scale, low, high, most) {
  if (!scale.log) return ticks(low, high, most).map((value) => [value, quantity(value)]);
  const whole = ticks(low, high, 4).filter(Number.isInteger);
  if (whole.length > 1) return whole.map((e) => [10 ** e, `10${power(e)}`]);
  const found = [];
  for (let e = Math.floor(low); e <= high; e++) found.push(...[1, 2, 5].map((m) => m * 10 ** e));
  return found.filter((value) => value >= scale.low && value <= scale.high).map((value) => [value, quantity(value)]);
}

function drawCurves({ pen, width, height }, curves, scale, last, clock, look, stepped) {
  const mapped = scale.log ? Math.log10 : (value) => value;
  const [low, high] = [mapped(scale.low), mapped(scale.high)], numbers = levels(scale, low, high, Math.max(2, Math.floor((height - 36) / 22)));
  pen.font = `12px ${look.font}`;
  const left = Math.max(58, 14 + highest(numbers.map(([, text]) => pen.measureText(text).width))), right = 12, top = 10, bottom = 26;
  const x = (step) => left + (step / Math.max(last, 1)) * (width - left - right);
  const placed = (value) => height - bottom - ((mapped(value) - low) / (high - low)) * (height - top - bottom);
  const y = (value) => Math.max(-1e4, Math.min(1e4, placed(value)));
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const [level, text] of numbers) {
    pen.strokeStyle = look.hair;
    pen.beginPath();
    pen.moveTo(left, y(level));
    pen.lineTo(width - right, y(level));
    pen.stroke();
    pen.fillStyle = look.soft;
    pen.fillText(text, left - 8, y(level));
  }
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  for (const step of ticks(0, last, width < 300 ? 4 : 6).filter(Number.isInteger)) pen.fillText(minus(String(step)), x(step), height - 8);
  pen.strokeStyle = look.line;
  pen.beginPath();
  pen.moveTo(left, height - bottom + 0.5);
  pen.lineTo(width - right, height - bottom + 0.5);
  pen.stroke();
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width - left, height - bottom + 1);
  pen.clip();
  curves.forEach(({ values, at: steps, index, limit }) => {
    const step = (k) => (steps ? steps[k] : k);
    const drawn = (time) => {
      const until = steps ? rowAt(steps, time) : time;
      pen.beginPath();
      for (let k = 0; k < values.length && k <= until; k++) {
        if (!Number.isFinite(values[k])) break;
        const at = y(Math.max(values[k], scale.log ? scale.low * 1e-3 : -Infinity));
        if (k) pen.lineTo(x(step(k)), stepped ? y(values[k - 1]) : at);
        else pen.moveTo(x(step(k)), at);
        if (k && stepped) pen.lineTo(x(step(k)), at);
      }
      const whole = Math.floor(until), rest = until - whole;
      if (stepped && values.length && until >= values.length) pen.lineTo(x(values.length), y(values[values.length - 1]));
      else if (rest > 0 && Number.isFinite(values[whole + 1])) { // on the way to the next step
        const [from, to] = [y(values[whole]), y(values[whole + 1])];
        pen.lineTo(x(time), stepped ? from : from + rest * (to - from));
      }
      pen.stroke();
    };
    if (limit) {
      pen.strokeStyle = limit === "ink" ? look.ink : look.runs[index];
      pen.setLineDash([7, 5]);
      pen.lineWidth = 1.5;
      drawn(Infinity);
      return;
    }
    pen.strokeStyle = look.runs[index];
    pen.setLineDash(dashes(index, 2));
    pen.lineWidth = 2;
    pen.globalAlpha = 0.3;
    drawn(Infinity);
    pen.globalAlpha = 1;
    drawn(clock + 1e-9);
  });
  pen.setLineDash([]);
  pen.strokeStyle = look.soft;
  pen.globalAlpha = 0.7;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x(clock), top);
  pen.lineTo(x(clock), height - bottom);
  pen.stroke();
  pen.restore();
}

/* Between which of the steps a time is: row 1.5 is midway from the second to the third; −1 before the first. */
function rowAt(steps, time) {
  const next = steps.findIndex((step) => step > time);
  return next < 0 ? steps.length - 1 : next === 0 ? -1 : next - 1 + (time - steps[next - 1]) / (steps[next] - steps[next - 1]);
}

/* The palette's dash of a run, which is in frame units of a film, for a line of a width in pixels. */
const dashes = (index, width) => (LOOKS.dashes[index] || []).map((length) => (length / 0.034) * width);
