"use strict";
/* Numbers as descent writes them, and curves against the step. */
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const minus = (text) => text.replaceAll("-", "−");
const power = (exponent) => minus(String(exponent)).replace("−", "⁻").replace(/\d/g, (d) => RAISED[d]);

function quantity(value, figures = 4) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e6) return minus(String(Number(value.toPrecision(figures))));
  const [factor, exponent] = value.toExponential(figures > 3 ? 2 : 1).split("e");
  return `${minus(String(Number(factor)))} × 10${power(Number(exponent))}`;
}

const setting = (value) => minus(String(Number(value.toPrecision(6))));

function ticks(low, high, count) {
  const raw = (high - low) / count, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * unit >= raw * 0.999) * unit, found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}

/* As descent/look/axes.py decides it, for films and figures. */
function lossScale(curves) {
  const finite = curves.map((curve) => Array.from(curve).filter(Number.isFinite)).filter((curve) => curve.length);
  if (!finite.length) return { log: false, low: 0, high: 1 };
  const all = finite.flat(), low = Math.min(...all), log = low > 0 && Math.max(...all) / low > 100;
  const start = Math.max(...finite.map((curve) => curve[0])), cap = start > low ? start + 3 * (start - low) : Infinity;
  let high = Math.max(start, ...all.filter((value) => value <= cap));
  if (!(high > low)) high = low + Math.max(Math.abs(low), log ? low : 1e-3);
  const room = 0.05 * (high - low);
  return log ? { log, low: low / 1.6, high: high * 1.6 } : { log, low: low - room, high: high + room };
}

function rateScale(curves) {
  const all = curves.map((curve) => Array.from(curve).filter((v) => v > 0)).filter((curve) => curve.length);
  if (!all.length) return { log: false, low: 0, high: 1 };
  const peaks = all.map((curve) => Math.max(...curve)), top = Math.max(...peaks);
  if (top / Math.min(...peaks) <= 10) return { log: false, low: 0, high: 1.2 * top };
  return { log: true, low: Math.max(Math.min(...all.flat()), Math.min(...peaks) / 100) / 1.6, high: top * 1.6 };
}

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

function drawCurves(canvas, curves, scale, last, clock, look, stepped) {
  const { pen, width, height } = sharp(canvas);
  const left = 58, right = 12, top = 10, bottom = 26;
  const x = (step) => left + (step / Math.max(last, 1)) * (width - left - right);
  const mapped = scale.log ? Math.log10 : (value) => value;
  const [low, high] = [mapped(scale.low), mapped(scale.high)];
  const y = (value) => height - bottom - ((mapped(value) - low) / (high - low)) * (height - top - bottom);
  pen.font = `12px ${look.font}`;
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const levels = scale.log ? ticks(low, high, 4).filter(Number.isInteger).map((e) => 10 ** e) : ticks(low, high, 4);
  for (const level of levels) {
    pen.strokeStyle = look.hair;
    pen.beginPath();
    pen.moveTo(left, y(level));
    pen.lineTo(width - right, y(level));
    pen.stroke();
    pen.fillStyle = look.soft;
    pen.fillText(scale.log ? `10${power(Math.round(Math.log10(level)))}` : quantity(level), left - 8, y(level));
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
  curves.forEach(({ values, index }) => {
    const drawn = (until) => {
      pen.beginPath();
      for (let k = 0; k < values.length && k <= until; k++) {
        if (!Number.isFinite(values[k])) break;
        const at = y(Math.max(values[k], scale.log ? scale.low * 1e-3 : -Infinity));
        if (k) pen.lineTo(x(k), stepped ? y(values[k - 1]) : at);
        else pen.moveTo(x(k), at);
        if (k && stepped) pen.lineTo(x(k), at);
      }
      const whole = Math.floor(until), rest = until - whole;
      if (stepped && values.length && until >= values.length) pen.lineTo(x(values.length), y(values[values.length - 1]));
      else if (rest > 0 && Number.isFinite(values[whole + 1])) { // on the way to the next step
        const [from, to] = [y(values[whole]), y(values[whole + 1])];
        pen.lineTo(x(until), stepped ? from : from + rest * (to - from));
      }
      pen.stroke();
    };
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

/* The palette's dash of a run, which is in frame units of a film, for a line of a width in pixels. */
const dashes = (index, width) => (LOOKS.dashes[index] || []).map((length) => (length / 0.034) * width);
