"use strict";
/* What the file carries: torch's record, the tables of rates; and how far the page is from it. */
function numbersIn(text) {
  const [, count, sign, coded] = /^(\d+)([*:])(.*)$/.exec(text), bytes = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0)).buffer;
  if (sign === "*") return new Float64Array(Number(count)).fill(new Float64Array(bytes)[0]);
  return count === "4" ? Float64Array.from(new Float32Array(bytes)) : new Float64Array(bytes);
}

function readRun(data) {
  const record = { until: data.record.until };
  for (const name of ["w", "loss", "lr", "bound"]) record[name] = numbersIn(data.record[name]);
  const rates = data.rates.map((table) => ({
    ...table,
    tables: table.tables.map(([fixed, share, lr, momentum]) => ({
      fixed: fixed && numbersIn(fixed), share: share && numbersIn(share), lr: numbersIn(lr), momentum: momentum && numbersIn(momentum),
    })),
  }));
  return { ...data, record, rates, recorded: { w: record.w, loss: record.loss, lr: record.lr, steps: record.loss.length - 1 } };
}

/* The rates of a run's steps: exactly torch's for its own rate, else from the tables; null without a scheduler. */
function ratesOf(run, settings, notch) {
  if (!run.rates.length) return null;
  const table = notch ? run.rates[notch.table].tables[notch.at] : run.rates[0].tables[0];
  const rate = settings[run.lr];
  const own = run.settings[run.lr][1], share = (k) => (table.share ? table.share[k] : table.lr[k] / own);
  const lr = rate === own ? table.lr : table.lr.map((_, k) => (table.fixed ? table.fixed[k] : 0) + share(k) * rate);
  return { lr, momentum: table.momentum };
}

/* Compares a path with torch's record, up to where rounding decides. */
function compare(path, record) {
  if (path.left !== undefined) return { holds: false, step: path.left, far: Infinity };
  const rows = record.loss.length;
  let far = 0;
  for (let k = 0; k <= record.until; k++) {
    if (k >= path.loss.length) return { holds: false, step: k, far: Infinity };
    for (const i of [2 * k, 2 * k + 1]) {
      if (Object.is(path.w[i], record.w[i])) continue;
      const apart = Math.abs(path.w[i] - record.w[i]);
      if (!(apart <= record.bound[k])) return { holds: false, step: k, far: apart };
      far = Math.max(far, apart);
    }
  }
  const whole = record.until === rows - 1;
  if (whole && path.loss.length !== rows) return { holds: false, step: rows - 1, far: Infinity };
  return { holds: true, step: record.until, far, whole };
}
