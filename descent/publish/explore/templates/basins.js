"use strict";
/* Where would each start end: in WebGL, every start at once; without it, a coarse grid by the page's own steps. */
const MOVING = -1, DIVERGED = -2, LAST = 5;
const SIDE = 256, COARSE = 48, SAMPLE = 16, MOST_STEPS = 1000;
const ALIKE = 0.98; // of a sample's endings: a shader that agrees less with the page's own steps is not believed
const QUICK = 120; // milliseconds that a ground may take while a slider moves

const precise = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
const glslNumber = (value) => (Number.isFinite(value) ? precise(value) : "0.0");

/* A fragment shader that takes a run from its pixel's start and gives the class of its ending, for one regime. */
function basinShader(run, regime) {
  const count = regime.names.length, last = regime.steps.length - 1, places = page.minima;
  const calls = regime.steps.map((_, k) => `${k === last ? "" : `if (k == ${k}) `}return step${k}(x);`).join(" ");
  return `#version 300 es
precision highp float;
precision highp int;
out vec4 colour;
uniform float settings[${Math.max(run.p.length, 1)}];
uniform vec4 rates[${Math.ceil(run.steps / 4)}];
uniform vec4 momenta[${Math.ceil(run.steps / 4)}];
uniform ivec2 moved;
uniform vec4 view;
uniform float side;
uniform float within;
float p[${Math.max(run.p.length, 1)}];
const vec2 minima[${places.length}] = vec2[](${places.map(([a, b]) => `vec2(${precise(a)}, ${precise(b)})`).join(", ")});
${GLSL.prelude}
${GLSL.surface}
${regime.glsl}
bool taken(int k, inout float x[${count}]) { ${calls} }
bool infinite(float value) { return isinf(value) || isnan(value); }
int ending() {
  vec2 at = view.xy + (gl_FragCoord.xy - 0.5) / (side - 1.0) * view.zw, recent[${LAST + 1}];
  float x[${count}] = float[${count}](${regime.first.map((value, k) => (k < 5 ? "0.0" : glslNumber(value))).join(", ")});
  for (int k = 0; k < p.length(); k++) p[k] = settings[k];
  x[0] = at.x;
  x[1] = at.y;
  for (int k = 0; k <= ${run.steps}; k++) {
    vec3 seen = surface(x[0], x[1]);
    if (infinite(seen.x)) return ${DIVERGED};
    int back = ${run.steps} - k;
    if (back <= ${LAST}) recent[back] = vec2(x[0], x[1]);
    if (back == 0) break;
    x[2] = seen.y;
    x[3] = seen.z;
    x[4] = seen.x;
    if (moved.x >= 0) p[moved.x] = rates[k / 4][k % 4];
    if (moved.y >= 0) p[moved.y] = momenta[k / 4][k % 4];
    if (!taken(k, x)) return ${MOVING};
  }
  int nearest = 0;
  for (int m = 1; m < minima.length(); m++) if (distance(recent[0], minima[m]) < distance(recent[0], minima[nearest])) nearest = m;
  for (int k = 0; k <= ${LAST}; k++) if (!(distance(recent[k], minima[nearest]) <= within)) return ${MOVING};
  return nearest;
}
void main() { colour = vec4(float(ending() + 2) / 255.0, 0.0, 0.0, 1.0); }`;
}

const painter = { canvas: null, gl: undefined, programs: new Map(), believed: new Map(), side: SIDE };

function webgl() {
  if (painter.gl === undefined) {
    painter.canvas = document.createElement("canvas");
    painter.gl = painter.canvas.getContext("webgl2", { preserveDrawingBuffer: true });
  }
  return painter.gl;
}

function basinProgram(gl, run, regime) {
  const key = `${run.code} ${run.steps} ${run.regimes.indexOf(regime)}`;
  if (!painter.programs.has(key)) {
    const program = gl.createProgram();
    const sources = [[gl.VERTEX_SHADER, "#version 300 es\nvoid main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }"],
      [gl.FRAGMENT_SHADER, basinShader(run, regime)]];
    for (const [kind, source] of sources) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    painter.programs.set(key, gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null);
  }
  return painter.programs.get(key);
}

/* The class of each start of a grid of side × side that fills the view, edges included, the lowest row first.

   A shader has single precision alone, which is too little where an optimizer subtracts numbers that are nearly the same
   (RAdam): for each settings it is compared with the page's own steps, and left where it disagrees. */
function basinClasses(run, side) {
  const rates = ratesOf(run, run.p, run.notch), regime = run.regimes.find((each) => each.fits(run.p));
  if (!regime || !page.minima.length || run.steps > MOST_STEPS) return null;
  const gl = webgl(), program = gl && basinProgram(gl, run, regime);
  if (program && isBelieved(gl, program, run, rates)) return classesByShader(gl, program, run, rates, side);
  return classesByPage(run, rates, Math.min(side, COARSE));
}

function isBelieved(gl, program, run, rates) {
  const key = `${run.model} ${run.steps} ${JSON.stringify([run.p, run.notch])}`;
  if (!painter.believed.has(key)) {
    if (painter.believed.size > 500) painter.believed.clear();
    const [mine, own] = [classesByShader(gl, program, run, rates, SAMPLE).classes, classesByPage(run, rates, SAMPLE).classes];
    painter.believed.set(key, mine.reduce((sum, ending, k) => sum + (ending === own[k]), 0) >= ALIKE * own.length);
  }
  return painter.believed.get(key);
}

function classesByShader(gl, program, run, rates, side) {
  const [[left, right], [bottom, top]] = page.domain, place = (name) => gl.getUniformLocation(program, name);
  const filled = (values) => Float32Array.from({ length: 4 * Math.ceil(run.steps / 4) }, (_, k) => (values ? values[k] || 0 : 0));
  if (gl.canvas.width !== side) gl.canvas.width = gl.canvas.height = side;
  gl.viewport(0, 0, side, side);
  gl.useProgram(program);
  gl.uniform1fv(place("settings"), Float32Array.from(run.p));
  gl.uniform4fv(place("rates"), filled(rates && rates.lr));
  gl.uniform4fv(place("momenta"), filled(rates && rates.momentum));
  gl.uniform2i(place("moved"), rates ? run.lr : -1, rates && rates.momentum ? run.momentum : -1);
  gl.uniform4f(place("view"), left, bottom, right - left, top - bottom);
  gl.uniform1f(place("side"), side);
  gl.uniform1f(place("within"), page.within);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  const pixels = new Uint8Array(4 * side * side);
  gl.readPixels(0, 0, side, side, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  return { side, classes: Int16Array.from({ length: side * side }, (_, k) => pixels[4 * k] - 2) };
}

function classesByPage(run, rates, side) {
  const [[left, right], [bottom, top]] = page.domain;
  const at = (low, high, k) => low + (k / (side - 1)) * (high - low);
  const classes = new Int16Array(side * side);
  for (let k = 0; k < side * side; k++) {
    classes[k] = endingOf(takeSteps(run, [at(left, right, k % side), at(bottom, top, Math.floor(k / side))], run.p, rates, run.steps), run.steps);
  }
  return { side, classes };
}

function endingOf(path, steps) {
  if (path.left !== undefined) return MOVING;
  if (!Number.isFinite(path.loss[path.steps])) return DIVERGED;
  if (path.steps < steps || steps < LAST) return MOVING;
  const far = (row, [w1, w2]) => Math.hypot(path.w[2 * row] - w1, path.w[2 * row + 1] - w2);
  let nearest = 0;
  page.minima.forEach((place, m) => far(steps, place) < far(steps, page.minima[nearest]) && (nearest = m));
  for (let row = steps - LAST; row <= steps; row++) if (!(far(row, page.minima[nearest]) <= page.within)) return MOVING;
  return nearest;
}

/* The classes as a picture of the ground, in the colours of endings. */
function basinPicture(found, dark) {
  const { side, classes } = found, picture = document.createElement("canvas"), tint = 209;
  picture.width = picture.height = side;
  const bytes = (code) => [1, 3, 5].map((k) => parseInt(code.slice(k, k + 2), 16));
  const colours = page.kinds.map((kind) => bytes(dark ? kind.dark : kind.light));
  const others = { [MOVING]: bytes(look.line), [DIVERGED]: bytes(look.chip) };
  const image = picture.getContext("2d").createImageData(side, side);
  for (let k = 0; k < side * side; k++) {
    const place = 4 * ((side - 1 - Math.floor(k / side)) * side + (k % side)), ending = classes[k];
    image.data.set([...(ending < 0 ? others[ending] : colours[page.kind_of[ending]]), tint], place);
  }
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}
