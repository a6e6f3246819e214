"use strict";
/* Numbers as descent writes them. */
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

/* A number as Python and TOML read it. */
const typed = (value, whole) => (Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(whole ? 0 : 1) : String(value));

function ticks(low, high, count) {
  const raw = (high - low) / count, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * unit >= raw * 0.999) * unit, found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}
